-- Grain: one row per incident that has a category: how it stands in the reported period.
with

incidents as (

    select *
    from {{ ref('dim_incidents') }}
    where category is not null

),

services as (

    select * from {{ ref('incident_services') }}

),

resolver_groups as (

    select * from {{ ref('resolver_groups') }}

),

targets as (

    select * from {{ ref('incident_targets') }}

),

placed as (

    select
        incidents.*,
        coalesce(services.service, 'Unmapped') as reported_service,
        coalesce(resolver_groups.resolver_group, 'Unmapped') as resolver_group,
        coalesce(
            incidents.smets_version,
            case when incidents.csp_region = 'SMETS1' then 'SMETS1' end,
            'Unknown'
        ) as reported_smets_version,
        {{ felt_from('incidents') }} as felt_from,
        {{ felt_to('incidents') }} as felt_to
    from incidents
    left join services
        on incidents.service = services.incident_service
    left join resolver_groups
        on incidents.resolver = resolver_groups.resolver

),

judged as (

    select
        placed.*,
        placed.category in ({{ var('highlighted_incident_categories') | join(', ') }}) as is_major,
        coalesce({{ in_period('placed.raised_at') }}, false) as is_raised,
        coalesce({{ in_period('placed.closed_at') }}, false) as is_closed,
        coalesce(placed.raised_at < {{ period_end() }}, false)
        and coalesce(placed.closed_at >= {{ period_end() }}, true) as is_open,
        coalesce(placed.felt_from < {{ period_end() }} and placed.felt_to > {{ month_start() }}, false) as is_felt,
        -- What was not written down was not in time.
        coalesce(
            placed.assigned_at <= {{ add_ms('placed.raised_at', 'cast(targets.initial_minutes as bigint) * 60000') }},
            false
        ) as is_assigned_in_time,
        coalesce(
            placed.resolved_at
            <= {{ add_ms('placed.raised_at', 'cast(targets.resolution_minutes as bigint) * 60000') }},
            false
        ) as is_resolved_in_time
    from placed
    left join targets
        on
            placed.category = targets.category
            -- One of unknown version has the times of SMETS2.
            and case when placed.reported_smets_version = 'SMETS1' then 'SMETS1' else 'SMETS2' end
            = targets.smets_version

),

final as (

    select
        incident_id,
        category,
        is_major,
        reported_service as service,
        reported_smets_version as smets_version,
        csp_region,
        resolver_group,
        coalesce(dcc_responsible, false) as is_dcc_responsible,
        raised_at,
        closed_at,
        outage_started_at,
        outage_ended_at,
        related_transaction_id,
        is_raised,
        is_closed,
        is_open,
        is_felt,
        is_raised or is_closed or is_open or is_felt as is_in_month,
        is_closed and coalesce(dcc_responsible, false) as is_closed_by_dcc,
        is_open
        and {{ duration_us('raised_at', period_end()) }}
        > cast({{ var('incident_age_days') }} as bigint) * 24 * {{ us_per_hour() }} as is_open_long,
        is_assigned_in_time,
        is_resolved_in_time,
        {{ duration_us('raised_at', 'resolved_at') }} as resolution_us,
        {{ duration_us('raised_at', 'closed_at') }} as closing_us,
        case
            when outage_started_at is not null
                then greatest(
                    0,
                    {{ duration_us(
                        'greatest(outage_started_at, ' ~ month_start() ~ ')',
                        'least(coalesce(outage_ended_at, ' ~ period_end() ~ '), ' ~ period_end() ~ ')'
                    ) }}
                )
        end as outage_us,
        case
            when outage_started_at is not null
                then greatest(
                    0, {{ duration_us('outage_started_at', 'coalesce(outage_ended_at, ' ~ period_end() ~ ')') }}
                )
        end as whole_outage_us
    from judged

)

select * from final
