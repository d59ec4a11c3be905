-- The industry report: the installs of the industry day by day, done, failed, reported and open, beside those
-- predicted.
-- Grain: one row per day, Device Type or `ALL`, segment and measure; and the parts that are `Withheld`, without a day
-- where they are days.
with

shown_figures as (

    select * from {{ ref('int_pmr_estate__shown_figures') }}

),

predicted_installs as (

    select * from {{ ref('int_pmr_estate__predicted_installs') }}

),

incident_days as (

    select * from {{ ref('fct_segment_incident_days') }}

),

feeds as (

    select * from {{ ref('dim_landing_feeds') }}

),

measure_feeds as (

    select * from {{ ref('pmr_measure_feeds') }}

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

loaded as (

    select
        {{ measure_of_id('measure_feeds.measure_id') }} as measure,
        feeds.is_loaded
    from measure_feeds
    inner join feeds
        on measure_feeds.feed = feeds.feed
    where measure_feeds.measure_id like 'IC1.1:%' or measure_feeds.measure_id like 'IC1.3:%'

),

installs as (

    select *
    from shown_figures
    where
        split = 'day'
        and business_process = '{{ installs_process() }}'
        and family != 'successful_installs:before'

),

measures as (

    select distinct
        family as measure,
        item as device_type
    from installs
    where item in ('ALL', 'CHF') and segment != 'SMETS2'

),

told as (

    select
        {{ cast_or_null('split_value', 'date') }} as day,
        item as device_type,
        segment,
        family as measure,
        amount,
        is_withheld,
        is_remainder,
        true as is_applicable
    from installs

    union all

    select
        days.day,
        measures.device_type,
        'SMETS1' as segment,
        measures.measure,
        null as amount,
        false as is_withheld,
        false as is_remainder,
        false as is_applicable
    from days
    cross join measures

),

stated as (

    select
        told.*,
        loaded.is_loaded,
        case
            when told.is_remainder then 'Reported'
            else {{ pmr_state('told.is_withheld', 'told.amount', 'told.is_applicable') }}
        end as state
    from told
    inner join loaded
        on told.measure = loaded.measure

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        stated.day,
        {{ iso_week('stated.day') }} as iso_week,
        {{ weekday('stated.day') }} as weekday,
        stated.device_type,
        stated.segment,
        stated.measure,
        case
            when stated.state = 'Reported' or (stated.state = 'No Events' and stated.is_loaded)
                then cast(stated.amount as bigint)
        end as value,
        case
            when stated.measure = 'successful_installs' and stated.is_loaded
                then cast(predicted_installs.predicted as bigint)
        end as predicted,
        incident_days.incident_ids,
        stated.state
    from stated
    left join predicted_installs
        on
            stated.day = predicted_installs.day
            and stated.device_type = predicted_installs.device_type
            and stated.segment = predicted_installs.segment
    left join incident_days
        on
            stated.day = incident_days.day
            and stated.segment = incident_days.segment

)

select * from final
