{{ config(group='reporting') }}
-- The industry's shares of a model's versions, all other ones among them, add up to 1. Rounded to steps they may be
-- more, and what was published before stays.
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
        count(*) as share_count
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
    -- Each share may be off by half a step, or half a thousandth.
    industry_share > 1 + share_count * {{ var('league_step_small') }} / 2
    or (not is_any_withheld and industry_share < 1 - share_count * 0.0005)
