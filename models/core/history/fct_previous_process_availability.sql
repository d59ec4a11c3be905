-- Grain: one row per business process, variant and segment of the industry's report of the month before.
with

levels as (

    select * from {{ ref('stg_history__industry_process_availability') }}

),

final as (

    select
        business_process,
        variant,
        segment,
        level,
        state
    from levels
    where reporting_month = '{{ month_before() }}'

)

select * from final
