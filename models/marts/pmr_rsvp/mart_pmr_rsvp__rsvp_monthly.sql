-- Requirement FIA 2.1.1, 2.1.3: volume, speed, timeliness and outcome of the requests of each process and SRV.
-- Grain: one row per business process, SRV or `ALL`, segment, split and value of it.
with

figures as (

    select * from {{ ref('int_pmr_rsvp__figures') }}
    -- By Device Type an SRV stands in measures.csv alone.
    where split = 'ALL' or srv = 'ALL'

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
        business_process,
        srv,
        segment,
        split,
        split_value,
        {% for column, name in {
            'request_count': 'volume',
            'responded_success_count': 'responded_success',
            'responded_failure_count': 'responded_failure',
            'unresponded_success_count': 'unresponded_success',
            'unresponded_failure_count': 'unresponded_failure',
            'delivery_failure_count': 'delivery_failures',
            'measured_count': 'measured',
        }.items() -%}
        case when has_counts then {{ column }} end as {{ name }},
        {% endfor -%}
        case when has_times then {{ tenths_of_seconds('rtt_sum_ms', 'measured_count') }} end as mean_s,
        case when has_times then {{ tenths_of_seconds('median_doubled_ms', '2') }} end as median_s,
        case when has_times then {{ tenths_of_seconds('rtt_min_ms', '1') }} end as shortest_s,
        case when has_times then {{ tenths_of_seconds('rtt_max_ms', '1') }} end as longest_s,
        case when has_times then {{ tenths_of_seconds('p99_hundredths_ms', '100') }} end as p99_s,
        case
            when state = 'Reported' and not is_network_withheld
                then {{ tenths_of_seconds('network_sum_ms', 'network_count') }}
        end as network_mean_s,
        {% for column in timeliness_values() -%}
        case when has_counts then {{ column }}_count end as {{ column }},
        {% endfor -%}
        case
            when state = 'Reported'
                then {{ share('in_time_count', '(in_time_count + late_count + no_response_count)', 6) }}
        end as trt_share,
        state
    from judged

)

select * from final
