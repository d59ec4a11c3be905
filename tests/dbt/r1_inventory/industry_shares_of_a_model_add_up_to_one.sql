{{ config(group='reporting') }}
-- The industry's shares of a model's versions, all other ones among them, add up to 1, or to less where some are
-- withheld.
with

shares as (

    select
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model,
        coalesce(sum(industry_share), 0) as industry_share,
        bool_or(industry_suppressed) as is_any_withheld,
        -- Each share may be off by half a thousandth.
        0.0005 * count(*) as leeway
    from {{ ref('mart_r1__summary') }}
    group by
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model

)

select *
from shares
where
    industry_share > 1 + leeway
    or (not is_any_withheld and industry_share < 1 - leeway)
