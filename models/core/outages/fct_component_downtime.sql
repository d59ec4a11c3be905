-- Grain: one row per component, region and unbroken interval of its downtime in the reported period, planned or not.
with

outages as (

    select * from {{ ref('fct_outages') }}

),

service_components as (

    select * from {{ ref('service_components') }}

),

segments as (

    select * from {{ ref('segments') }}

),

components as (

    -- A component of two Services is out in both.
    select distinct
        component,
        smets_scope
    from service_components

),

regions as (

    -- The six, and SMETS1.
    select
        segment as region,
        smets_version
    from segments
    where smets_version is not null and segment != 'SMETS2'

),

located as (

    -- One that names no region counts in those that its component serves; one that names a region in that.
    select
        outages.component,
        regions.region,
        not outages.is_planned_downtime as is_unplanned,
        outages.valid_from,
        outages.valid_to
    from outages
    inner join components
        on outages.component = components.component
    inner join regions
        on
            outages.csp_region = regions.region
            or (
                outages.csp_region is null
                and components.smets_scope in ('both', regions.smets_version)
            )

),

final as (

    {{ unbroken_downtime('located', ['component', 'region'], stronger='planned') | indent(4) }}

)

select * from final
