-- Grain: one row per figure of availability, segment, and Service or business process.
with

figures as (

    select *
    from {{ ref('int_pmr_availability__figures') }}
    where
        split = 'ALL'
        and (scope_kind = 'process' or scope_part = 'ALL')

),

reliability as (

    select *
    from {{ ref('int_pmr_availability__reliability') }}
    where service != 'Unmapped'

),

shares as (

    select
        case when scope_kind = 'service' then 'SA1' else 'SA5' end as measure_id,
        case when scope_kind = 'process' then scope_name end as business_process,
        case when scope_kind = 'process' then 'ALL' end as srv,
        segment,
        case
            when scope_kind = 'service' then 'service'
            when scope_part = 'ALL' then 'ALL'
            else 'variant'
        end as split,
        case when scope_kind = 'service' then scope_name else scope_part end as split_value,
        available_us,
        expected_us,
        state_reason
    from figures

    union all

    -- Of the Self-Service Interface it is a measure of the Code too.
    select
        'CPM6' as measure_id,
        null as business_process,
        null as srv,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        available_us,
        expected_us,
        state_reason
    from figures
    where
        scope_kind = 'service'
        and segment = 'ALL'
        and scope_name = 'Self-Service Interface'

),

others as (

    {% for measure_id, kind in [('SA2', 'planned_us'), ('SA3', 'unplanned_us')] -%}
    select
        '{{ measure_id }}' as measure_id,
        segment,
        scope_name as service,
        null as numerator,
        null as denominator,
        {{ kind }} as value_part,
        case when {{ kind }} is not null then {{ us_per_hour() }} end as value_whole,
        state_reason
    from figures
    where scope_kind = 'service'

    union all

    {% endfor -%}
    select
        'SA4:downtime_events' as measure_id,
        'ALL' as segment,
        service,
        event_count as numerator,
        null as denominator,
        event_count as value_part,
        case when event_count is not null then 1 end as value_whole,
        state_reason
    from reliability

    {% for figure, kind in [('mttr', 'unplanned_us'), ('mtbf', 'available_us')] -%}
    union all

    select
        'SA4:{{ figure }}' as measure_id,
        'ALL' as segment,
        service,
        null as numerator,
        event_count as denominator,
        {{ kind }} as value_part,
        event_count * {{ us_per_hour() }} as value_whole,
        state_reason
    from reliability

    {% endfor -%}
    {% for category in range(1, 6) -%}
    union all

    select
        'SA4:incidents_{{ category }}' as measure_id,
        'ALL' as segment,
        service,
        incidents_{{ category }} as numerator,
        null as denominator,
        incidents_{{ category }} as value_part,
        case when incidents_{{ category }} is not null then 1 end as value_whole,
        null as state_reason
    from reliability

    {% endfor -%}
),

final as (

    select
        measure_id,
        cast(business_process as string) as business_process,
        cast(srv as string) as srv,
        segment,
        split,
        split_value,
        {{ precise_minutes('available_us') }} as numerator,
        {{ precise_minutes('expected_us') }} as denominator,
        cast(null as bigint) as pending,
        cast(available_us as decimal(38, 0)) as value_part,
        cast(expected_us as decimal(38, 0)) as value_whole,
        false as is_withheld,
        state_reason
    from shares

    union all

    select
        measure_id,
        cast(null as string) as business_process,
        cast(null as string) as srv,
        segment,
        'service' as split,
        service as split_value,
        cast(numerator as decimal(38, 10)) as numerator,
        cast(denominator as decimal(38, 10)) as denominator,
        cast(null as bigint) as pending,
        cast(value_part as decimal(38, 0)) as value_part,
        cast(value_whole as decimal(38, 0)) as value_whole,
        false as is_withheld,
        state_reason
    from others

)

select * from final
