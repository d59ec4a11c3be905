-- Grain: one row per category, SMETS version, resolver group (each `ALL` too) and whether the DCC is responsible.
with

cells as (

    select * from {{ ref('int_pmr_incidents__cells') }}

),

targets as (

    select * from {{ ref('incident_targets') }}

),

resolver_groups as (

    select * from {{ ref('resolver_groups') }}

),

feeds as (

    select * from {{ ref('dim_landing_feeds') }}

),

categories as (

    select distinct cast(category as string) as category
    from targets

    union all

    select 'ALL' as category

),

versions as (

    select distinct smets_version
    from targets

    union all

    select 'Unknown' as smets_version

    union all

    select 'ALL' as smets_version

),

groups_of_resolvers as (

    select distinct resolver_group
    from resolver_groups

    union all

    select 'Unmapped' as resolver_group

    union all

    select 'ALL' as resolver_group

),

responsibilities as (

    select true as is_dcc_responsible

    union all

    select false as is_dcc_responsible

),

rectangle as (

    -- Without a file of incidents nothing is known of any.
    select
        categories.category,
        versions.smets_version,
        groups_of_resolvers.resolver_group,
        responsibilities.is_dcc_responsible
    from feeds
    cross join categories
    cross join versions
    cross join groups_of_resolvers
    cross join responsibilities
    where
        feeds.feed = 'incidents'
        and feeds.is_loaded

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        rectangle.category,
        rectangle.smets_version,
        rectangle.resolver_group,
        rectangle.is_dcc_responsible as dcc_responsible,
        coalesce(cells.raised_count, 0) as raised,
        coalesce(cells.closed_count, 0) as closed,
        coalesce(cells.assigned_in_time_count, 0) as initial_in_time,
        coalesce(cells.resolved_in_time_count, 0) as resolved_in_time,
        {{ hundredths('cells.resolution_us', us_per_hour() ~ ' * cells.measured_count') }} as mean_hours,
        {{ hundredths('cells.doubled_median_us', 2 * 3600000000) }} as median_hours,
        {{ hours('cells.longest_us') }} as max_hours,
        coalesce(cells.open_count, 0) as open,
        coalesce(cells.open_long_count, 0) as open_over_90_days
    from rectangle
    left join cells
        on {{ is_same_in('rectangle', 'cells', ['category', 'smets_version', 'resolver_group', 'is_dcc_responsible']) }}

)

select * from final
