-- Grain: one row per figure of availability, segment and Service or business process.
with

figures as (

    select *
    from {{ ref('int_pmr_availability__figures') }}
    where split = 'ALL'

),

final as (

    select
        'SA1' as measure_id,
        cast(null as varchar) as business_process,
        cast(null as varchar) as srv,
        segment,
        'service' as split,
        scope_name as split_value,
        {{ precise_minutes('available_us') }} as numerator,
        {{ precise_minutes('expected_us') }} as denominator,
        cast(null as bigint) as pending,
        cast(available_us as decimal(38, 0)) as value_part,
        cast(expected_us as decimal(38, 0)) as value_whole,
        false as is_withheld,
        state_reason
    from figures
    where
        scope_kind = 'service'
        and scope_part = 'ALL'

)

select * from final
