-- Grain: one row per Service or business process, part of it (component or variant, `ALL` too) and segment.
with

service_components as (

    select * from {{ ref('service_components') }}

),

process_components as (

    select * from {{ ref('process_components') }}

),

processes as (

    select * from {{ ref('pmr_processes') }}

),

segments as (

    select *
    from {{ ref('segments') }}
    where segment != 'Unknown'

),

services as (

    select
        service,
        bool_or(is_regional) as is_regional
    from service_components
    group by service

),

service_parts as (

    select
        service,
        'ALL' as component,
        'both' as smets_scope
    from services

    union all

    select
        service,
        component,
        smets_scope
    from service_components

),

smets1_processes as (

    select
        business_process,
        bool_or(smets1_applies) as smets1_applies
    from processes
    group by business_process

),

process_parts as (

    -- What Table 4 does not list, it does not take SMETS1 from.
    select distinct
        process_components.business_process,
        process_components.variant,
        coalesce(smets1_processes.smets1_applies, true) as smets1_applies
    from process_components
    left join smets1_processes
        on process_components.business_process = smets1_processes.business_process

),

final as (

    select
        'service' as scope_kind,
        service_parts.service as scope_name,
        service_parts.component as scope_part,
        segments.segment,
        segments.segment = 'ALL'
        or (services.is_regional and service_parts.smets_scope in ('both', segments.smets_version)) as is_applicable,
        case when segments.segment != 'ALL' and not services.is_regional then 'no regions' end as state_reason
    from service_parts
    inner join services
        on service_parts.service = services.service
    cross join segments

    union all

    select
        'process' as scope_kind,
        process_parts.business_process as scope_name,
        coalesce(process_parts.variant, 'ALL') as scope_part,
        segments.segment,
        segments.segment != 'SMETS1' or process_parts.smets1_applies as is_applicable,
        case
            when segments.segment = 'SMETS1' and not process_parts.smets1_applies then 'SMETS1 not applicable'
        end as state_reason
    from process_parts
    cross join segments

)

select * from final
