-- Grain: one row per business process, variant and segment of the industry's report, as published for the month before.
with

published as (

    select * from {{ source('history', 'industry_process_availability') }}

),

final as (

    select
        reporting_month,
        {{ without_apostrophe('business_process') }} as business_process,
        {{ without_apostrophe('variant') }} as variant,
        {{ without_apostrophe('segment') }} as segment,
        level,
        state
    from published

)

select * from final
