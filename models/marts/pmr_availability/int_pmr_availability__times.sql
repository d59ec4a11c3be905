-- Grain: one row per Service or business process that the report looks at, part of it, segment, day and band.
{%- set scope = ['scope_kind', 'scope_name', 'scope_part', 'segment'] %}
with

scopes as (

    select *
    from {{ ref('int_pmr_availability__scopes') }}
    where is_applicable

),

downtime as (

    select * from {{ ref('int_pmr_availability__downtime') }}

),

hours as (

    select * from {{ ref('dim_reporting_hours') }}

),

times as (

    -- Nothing is after the as-of instant.
    select
        day,
        band,
        cast(sum(
            greatest(0, {{ duration_us('valid_from', 'least(valid_to, ' ~ period_end() ~ ')') }})
        ) as bigint) as total_us
    from hours
    group by
        day,
        band

),

downtimes as (

    select
        downtime.{{ scope | join(',\n        downtime.') }},
        hours.day,
        hours.band,
        cast(
            sum(case when not downtime.is_unplanned then {{ common_us('downtime', 'hours') }} else 0 end) as bigint
        ) as planned_us,
        cast(
            sum(case when downtime.is_unplanned then {{ common_us('downtime', 'hours') }} else 0 end) as bigint
        ) as unplanned_us
    from downtime
    inner join hours
        on {{ overlaps('downtime', 'hours.valid_from', 'hours.valid_to') }}
    group by
        downtime.{{ scope | join(',\n        downtime.') }},
        hours.day,
        hours.band

),

final as (

    select
        scopes.{{ scope | join(',\n        scopes.') }},
        times.day,
        times.band,
        times.total_us,
        coalesce(downtimes.planned_us, 0) as planned_us,
        coalesce(downtimes.unplanned_us, 0) as unplanned_us
    from scopes
    cross join times
    left join downtimes
        on
            {{ is_same_in('scopes', 'downtimes', scope) }}
            and times.day = downtimes.day
            and times.band = downtimes.band

)

select * from final
