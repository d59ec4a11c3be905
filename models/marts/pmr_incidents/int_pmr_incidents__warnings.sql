-- Grain: one row per thing about the incidents of the period that does not fit, and is told.
with

incidents as (

    select * from {{ ref('fct_incidents') }}

),

dim_incidents as (

    select * from {{ ref('dim_incidents') }}

),

outages as (

    select * from {{ ref('fct_outages') }}

),

incident_outages as (

    select * from {{ ref('fct_incident_outages') }}

),

undated as (

    -- Of the gravest those without a date: an order that is wrong holds the release.
    select
        incidents.category,
        incidents.incident_id,
        incidents.is_major
    from incidents
    inner join dim_incidents
        on incidents.incident_id = dim_incidents.incident_id
    where
        incidents.is_closed
        and not coalesce(
            dim_incidents.raised_at <= dim_incidents.resolved_at
            and dim_incidents.resolved_at <= dim_incidents.closed_at,
            false
        )
        and (not incidents.is_major or dim_incidents.raised_at is null or dim_incidents.resolved_at is null)

),

named as (

    select
        case when incidents.service = 'Unmapped' then dim_incidents.service end as service,
        case when incidents.resolver_group = 'Unmapped' then dim_incidents.resolver end as resolver
    from incidents
    inner join dim_incidents
        on incidents.incident_id = dim_incidents.incident_id
    where incidents.is_in_month

),

final as (

    select
        'incident_dated' as check_name,
        incident_id as subject,
        cast(null as string) as detail
    from undated
    where is_major

    union all

    select
        'incident_dated' as check_name,
        'Category ' || cast(category as string) as subject,
        cast(count(*) as string) as detail
    from undated
    where not is_major
    group by category

    union all

    select
        'outage_has_incident' as check_name,
        outages.outage_id as subject,
        cast(null as string) as detail
    from outages
    where
        not outages.is_planned_downtime
        and outages.outage_id not in (select incident_outages.outage_id from incident_outages)

    union all

    select
        'unmapped' as check_name,
        'incident_services: ' || service as subject,
        cast(count(*) as string) as detail
    from named
    where service is not null
    group by service

    union all

    select
        'unmapped' as check_name,
        'resolver_groups: ' || resolver as subject,
        cast(count(*) as string) as detail
    from named
    where resolver is not null
    group by resolver

)

select * from final
