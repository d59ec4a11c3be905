-- Grain: one row per figure, segment and split of the industry's report, as published for the month before.
with

published as (

    select * from {{ source('history', 'industry_measures') }}

),

final as (

    select
        reporting_month,
        section,
        {{ without_apostrophe('measure_id') }} as measure_id,
        kind,
        {{ without_apostrophe('business_process') }} as business_process,
        {{ without_apostrophe('srv') }} as srv,
        {{ without_apostrophe('segment') }} as segment,
        split,
        {{ without_apostrophe('split_value') }} as split_value,
        unit,
        numerator,
        denominator,
        cast(pending as bigint) as pending,
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
    from published

)

select * from final
