-- Grain: one row per role, business process, SRV or `ALL`, dimension and value of it: the pool of all parties'
-- requests.
with

own as (

    select * from {{ ref('int_r2__dimension_volumes') }}

),

{% set cell = ['role', 'business_process', 'srv', 'dimension', 'value'] -%}

by_group as (

    select
        {{ cell | join(',\n        ') }},
        corporate_group,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count
    from own
    where value is not null
    group by
        {{ cell | join(',\n        ') }},
        corporate_group

),

final as (

    select
        {{ cell | join(',\n        ') }},
        cast(sum(success_count) as bigint) as success_count,
        {{ disclosure_pool('request_count', 'requests') }}
    from by_group
    group by
        {{ cell | join(',\n        ') }}

)

select * from final
