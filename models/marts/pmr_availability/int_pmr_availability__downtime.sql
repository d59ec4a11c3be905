-- Grain: one row per Service or business process, part of it, segment, and unbroken interval of its downtime.
{%- set scope = ['scope_kind', 'scope_name', 'scope_part', 'segment'] %}
with

component_downtime as (

    select * from {{ ref('fct_component_downtime') }}

),

service_components as (

    select * from {{ ref('service_components') }}

),

process_components as (

    select * from {{ ref('process_components') }}

),

segments as (

    select * from {{ ref('segments') }}

),

parts as (

    select
        'service' as scope_kind,
        service as scope_name,
        component as scope_part,
        component
    from service_components

    union all

    select
        'service' as scope_kind,
        service as scope_name,
        'ALL' as scope_part,
        component
    from service_components

    union all

    select
        'process' as scope_kind,
        business_process as scope_name,
        coalesce(variant, 'ALL') as scope_part,
        component
    from process_components

),

regions_of_segments as (

    -- A region is in itself, in SMETS2 unless it is SMETS1, and in ALL.
    select
        segments.segment,
        regions.segment as region
    from segments
    inner join segments as regions
        on
            segments.segment in (regions.segment, 'ALL')
            or (segments.segment = 'SMETS2' and regions.smets_version = 'SMETS2')
    where
        regions.smets_version is not null
        and regions.segment != 'SMETS2'

),

counted as (

    select
        parts.scope_kind,
        parts.scope_name,
        parts.scope_part,
        regions_of_segments.segment,
        component_downtime.is_unplanned,
        component_downtime.valid_from,
        component_downtime.valid_to
    from component_downtime
    inner join parts
        on component_downtime.component = parts.component
    inner join regions_of_segments
        on component_downtime.region = regions_of_segments.region

),

final as (

    {{ unbroken_downtime('counted', scope, stronger='unplanned') | indent(4) }}

)

select * from final
