{#- Rules of the business process files that more than one model needs. -#}

{#- The SRV as the process files name it: of a pair with the credential that it is taken to carry. -#}
{% macro process_srv(srv, credential_type) -%}
    {{ srv }} || coalesce(':' || {{ credential_type }}, '')
{%- endmacro %}


{#- True for a request that says something about speed: it was answered, and its target is var speed_trt_s.
    (A future-dated request says nothing about speed.) -#}
{% macro has_measured_round_trip_time(requests) -%}
    ({{ requests }}.trt_s = {{ var('speed_trt_s') }} and {{ requests }}.round_trip_time_ms is not null)
{%- endmacro %}


{#- How many requests have a target and how many were answered within it; how many were measured, and the sum of their
    Round Trip Times. -#}
{% macro speed_aggregates(requests) -%}
    count({{ requests }}.trt_s) as target_count,
        count(*) filter (where {{ is_answered_within_target(requests) }}) as within_target_count,
        count(*) filter (where {{ has_measured_round_trip_time(requests) }}) as measured_count,
        cast(coalesce(sum({{ requests }}.round_trip_time_ms) filter (where {{ has_measured_round_trip_time(requests) }}), 0) as {{ wide_integer() }})
            as rtt_sum_ms
{%- endmacro %}


{#- True for a row of a day that is in the files of its role: a region names an Electricity Distributor. -#}
{% macro is_split_published(days) -%}
    not ({{ days }}.role = 'ED' and {{ days }}.region != 'ALL')
{%- endmacro %}
