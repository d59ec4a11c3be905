-- Grain: one row per segment, Device Type and corporate group of the sender, over the series of top-ups that began in
-- the period.
with

series as (

    select * from {{ ref('fct_top_up_series') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

worded as (

    select
        {{ segment_of('regions.region', 'device_profiles.smets_version') }} as segment,
        device_profiles.device_type,
        parties.corporate_group,
        series.outcome
    from series
    inner join regions
        on series.region_key = regions.region_key
    inner join device_profiles
        on series.device_profile_key = device_profiles.device_profile_key
    inner join parties
        on series.originator_key = parties.party_key
    where {{ in_period('series.started_at') }}

),

final as (

    select
        'PP1.2' as family,
        segment,
        device_type,
        corporate_group,
        {{ outcome_count_columns({
            'row_count': 'count(*)',
            'pending_count': "count(*) filter (where outcome = 'pending')",
            'success_count': "count(*) filter (where outcome in ('first', 'second', 'later'))",
            'failure_count': "count(*) filter (where outcome = 'failed')",
            'first_count': "count(*) filter (where outcome = 'first')",
            'second_count': "count(*) filter (where outcome = 'second')",
            'group_row_count': 'count(*)',
        }) }}
    from worded
    group by
        segment,
        device_type,
        corporate_group

)

select * from final
