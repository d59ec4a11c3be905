{#- Rules of the industry report's figures of service requests that more than one model needs. -#}

{#- Of a counted request how it stands to its Target Response Time: the first that fits of pending, no_target, no_response,
    in_time and late. So each request is one of them, and they add up to the volume.

    requests   rows of fct_service_requests_coded -#}
{% macro timeliness_of(requests) -%}
    case
        when {{ is_pending(requests) }} then 'pending'
        when {{ requests }}.trt_s is null then 'no_target'
        when not {{ requests }}.is_response_received then 'no_response'
        when {{ is_answered_within_target(requests) }} then 'in_time'
        else 'late'
    end
{%- endmacro %}


{#- The values of `timeliness_of`. -#}
{% macro timeliness_values() -%}
    {%- do return(['in_time', 'late', 'no_response', 'pending', 'no_target']) -%}
{%- endmacro %}


{#- The Device Type that a figure of a process is split by. Install and Commission has kinds: a Gas Proxy Function counts with
    the gas meter, a Communications Hub is `CH`, and what else is known is `Other`.

    processes   rows of business_processes
    device_type   Device Type at that instant -#}
{% macro reported_device_type(processes, device_type) -%}
    case
        when {{ processes }}.applies_on != 'commissioning_day' then {{ device_type }}
        when {{ device_type }} in ('ESME', 'GSME', 'Unknown') then {{ device_type }}
        when {{ device_type }} = 'GPF' then 'GSME'
        when {{ device_type }} = 'CHF' then 'CH'
        else 'Other'
    end
{%- endmacro %}


{#- True where the report has a figure of the segment: SMETS1 only where Table 4 has it.

    segment   segment of a row
    applies   whether SMETS1 applies -#}
{% macro is_applicable(segment, applies) -%}
    ({{ segment }} != 'SMETS1' or {{ applies }})
{%- endmacro %}


{#- The counts of requests that add up, each a bigint. -#}
{% macro request_counts() -%}
    {%- do return([
        'request_count',
        'responded_success_count',
        'responded_failure_count',
        'unresponded_success_count',
        'unresponded_failure_count',
        'failure_count',
        'delivery_failure_count',
        'in_time_count',
        'late_count',
        'no_response_count',
        'pending_count',
        'no_target_count',
        'measured_count',
        'network_count',
    ]) -%}
{%- endmacro %}


{#- What else is told of requests: columns that `request_sums` gives. -#}
{% macro request_times() -%}
    {%- do return(['rtt_sum_ms', 'rtt_min_ms', 'rtt_max_ms', 'network_sum_ms']) -%}
{%- endmacro %}


{#- Aggregates: the counts of rows that have them, the sum, the least and the greatest of their Round Trip Times, and the sum of
    their times in the networks. -#}
{% macro request_sums() -%}
    {%- for column in request_counts() -%}
    cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor -%}
    cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms,
        min(rtt_min_ms) as rtt_min_ms,
        max(rtt_max_ms) as rtt_max_ms,
        cast(sum(network_sum_ms) as {{ wide_integer() }}) as network_sum_ms
{%- endmacro %}


{#- What is counted of requests, from rows of one outcome each: the columns that `request_sums` adds up.

    coded   rows of int_pmr_rsvp__requests_by_code -#}
{% macro counts_by_outcome(coded) -%}
    {%- set is_success = '(' ~ coded ~ '.is_response_received and ' ~ coded ~ '.has_success_code)' -%}
    {%- set is_decided = coded ~ ".timeliness != 'pending'" -%}
    {%- set is_measured = '(' ~ coded ~ '.trt_s = ' ~ var('speed_trt_s') ~ ' and ' ~ coded ~ '.is_response_received)' -%}
    {%- set conditions = {
        'responded_success_count': is_success,
        'responded_failure_count': coded ~ '.is_response_received and not ' ~ coded ~ '.has_success_code',
        'unresponded_success_count': 'not ' ~ coded ~ '.is_response_received and ' ~ coded ~ '.has_success_code',
        'unresponded_failure_count': 'not ' ~ coded ~ '.is_response_received and not ' ~ coded ~ '.has_success_code',
        'failure_count': is_decided ~ ' and not ' ~ is_success,
        'delivery_failure_count': is_decided ~ ' and ' ~ coded ~ '.is_delivery_failure',
    } -%}
    {%- for timeliness in timeliness_values() -%}
        {%- do conditions.update({timeliness ~ '_count': coded ~ ".timeliness = '" ~ timeliness ~ "'"}) -%}
    {%- endfor -%}
    {%- do conditions.update({'measured_count': is_measured}) -%}
    {{ coded }}.request_count,
    {%- for column, condition in conditions.items() %}
        case when {{ condition }} then {{ coded }}.request_count else 0 end as {{ column }},
    {%- endfor %}
        case when {{ is_measured }} then {{ coded }}.network_count else 0 end as network_count,
        case when {{ is_measured }} then {{ coded }}.rtt_sum_ms else 0 end as rtt_sum_ms,
        case when {{ is_measured }} then {{ coded }}.rtt_min_ms end as rtt_min_ms,
        case when {{ is_measured }} then {{ coded }}.rtt_max_ms end as rtt_max_ms,
        case when {{ is_measured }} then coalesce({{ coded }}.network_sum_ms, 0) else 0 end as network_sum_ms
{%- endmacro %}


{#- Aggregates: what is counted of a day's requests, of rows that have it. -#}
{% macro day_sums() -%}
    cast(sum(request_count) as bigint) as request_count,
        cast(sum(pending_count) as bigint) as pending_count,
        cast(sum(failure_count) as bigint) as failure_count,
        cast(sum(delivery_failure_count) as bigint) as delivery_failure_count,
        cast(sum(measured_count) as bigint) as measured_count,
        cast(sum(rtt_sum_ms) as {{ wide_integer() }}) as rtt_sum_ms,
        max(rtt_max_ms) as rtt_max_ms
{%- endmacro %}


{#- The SRV by which firmware is activated. Its measure is the one of a single SRV of a process that is split by Device Type
    and is over all of its requests. -#}
{% macro activation_srv() -%}
    11.3
{%- endmacro %}


{#- Aggregates: what is withheld of a total together, from rows of `int_pmr_disclosure__remainders` joined to their terms.

    columns   list of the columns of the terms
    terms   relation with them -#}
{% macro remainder_sums(columns, terms) -%}
    {%- for column in columns -%}
    cast(sum(remainders.term_sign * {{ terms }}.{{ column }}) as bigint) as {{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Aggregates: the sums of some counts.

    columns   list of the columns -#}
{% macro sums_of(columns) -%}
    {%- for column in columns -%}
    cast(sum({{ column }}) as bigint) as {{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
