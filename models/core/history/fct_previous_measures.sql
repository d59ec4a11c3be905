-- Grain: one row per figure, segment and split of the industry's report, as published for the month before.
with

measures as (

    select * from {{ ref('stg_history__industry_measures') }}

),

final as (

    select
        section,
        measure_id,
        kind,
        business_process,
        srv,
        segment,
        split,
        split_value,
        unit,
        numerator,
        denominator,
        pending,
        value,
        value_before_exceptions,
        previous_value,
        target,
        minimum,
        direction,
        status,
        state,
        state_reason,
        commentary_required,
        commentary_given
    from measures
    where reporting_month = '{{ month_before() }}'

)

select * from final
