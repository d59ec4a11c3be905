-- Grain: one row per outage that was planned and not approved, and per component of outages that no Service has.
with

outages as (

    select * from {{ ref('fct_outages') }}

),

components as (

    select * from {{ ref('service_components') }}

),

final as (

    select
        'maintenance_approved' as check_name,
        outage_id as subject,
        cast(null as string) as detail
    from outages
    where
        kind = 'planned'
        and not is_approved

    union all

    select
        'unmapped' as check_name,
        'service_components: ' || component as subject,
        cast(count(*) as string) as detail
    from outages
    where
        component is not null
        and component not in (select components.component from components)
    group by component

)

select * from final
