-- Grain: one row per business process, variant and segment.
with

figures as (

    select * from {{ ref('int_pmr_availability__figures') }}

),

previous_levels as (

    select * from {{ ref('fct_previous_process_availability') }}

),

judged as (

    select
        figures.*,
        coalesce(
            bool_or(
                case when state = 'Reported' then available_us < {{ var('degraded_below') }} * expected_us end
            ) over (partition by scope_name, scope_part),
            false
        ) as is_degraded
    from figures
    where scope_kind = 'process'

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        judged.scope_name as business_process,
        nullif(judged.scope_part, 'ALL') as variant,
        judged.segment,
        judged.availability as level,
        previous_levels.level as previous_level,
        case
            when judged.state != 'Reported' then null
            when judged.is_degraded then 'Degraded'
            else 'Available'
        end as status,
        judged.state
    from judged
    left join previous_levels
        on
            judged.scope_name = previous_levels.business_process
            and judged.scope_part = coalesce(previous_levels.variant, 'ALL')
            and judged.segment = previous_levels.segment

)

select * from final
