-- Grain: one row per exception of the reporting month.
with

asked as (

    select * from {{ ref('int_pmr_governance__asked_exceptions') }}

),

exclusions as (

    select * from {{ ref('int_pmr_governance__exclusions') }}

),

decided as (

    select distinct
        exception_id,
        is_applied
    from exclusions

),

judged as (

    select
        asked.exception_id,
        asked.measure_id,
        coalesce(asked.csp_region, 'ALL') as segment,
        asked.excluded_count,
        asked.reason,
        case
            when asked.refusal is not null then asked.refusal
            when not decided.is_applied then 'more than the misses'
        end as refusal
    from asked
    left join decided
        on asked.exception_id = decided.exception_id

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        exception_id,
        measure_id,
        segment,
        excluded_count,
        reason,
        refusal is null as is_applied,
        refusal
    from judged

)

select * from final
