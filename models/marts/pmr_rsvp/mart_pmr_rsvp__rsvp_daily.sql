-- Requirement FIA 2.1.3, the daily graph: volume, failures and speed of each day, the month's mean and the incidents.
-- Grain: one row per business process, SRV or `ALL`, segment and day.
with

figures as (

    select * from {{ ref('int_pmr_rsvp__day_figures') }}

),

incident_days as (

    select * from {{ ref('fct_segment_incident_days') }}

),

feeds as (

    select * from {{ ref('dim_landing_feeds') }}
    where feed = 'service_requests'

),

stated as (

    select
        figures.*,
        {{ pmr_state('figures.is_withheld', 'figures.request_count', 'figures.is_applicable') }} as state,
        feeds.is_loaded
    from figures
    cross join feeds

),

judged as (

    select
        stated.*,
        state in ('Reported', 'No Events') and is_loaded as has_counts,
        state = 'Reported' and not is_rtt_withheld as has_times
    from stated

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        judged.business_process,
        judged.srv,
        judged.segment,
        judged.day,
        case when judged.has_counts then judged.request_count end as volume,
        case when judged.has_counts then judged.failure_count end as failures,
        case when judged.has_counts then judged.delivery_failure_count end as delivery_failures,
        case
            when judged.has_times then {{ tenths_of_seconds('judged.rtt_sum_ms', 'judged.measured_count') }}
        end as mean_s,
        case when judged.has_times then {{ tenths_of_seconds('judged.rtt_max_ms', '1') }} end as longest_s,
        {{ tenths_of_seconds('judged.month_rtt_sum_ms', 'judged.month_measured_count') }} as month_mean_s,
        incident_days.incident_ids,
        judged.state
    from judged
    -- Of several segments or days together there is no list.
    left join incident_days
        on
            judged.segment = incident_days.segment
            and judged.day = incident_days.day

)

select * from final
