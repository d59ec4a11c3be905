{#- Rules about service requests that more than one model of core needs (docs/definitions.md,
    "Which requests count", "Outcome and failure reason" and "Time and speed"). -#}

{#- A request counts when its status is marked so and it is no transform: the signed command that follows
    a transform is the one that is measured. -#}
{% macro is_counted(requests, statuses) -%}
    ({{ statuses }}.is_counted and {{ requests }}.command_variant != {{ var('transform_command_variant') }})
{%- endmacro %}


{#- A response was received: the request ended, in a status that stands for an answer. -#}
{% macro is_response_received(requests, statuses) -%}
    ({{ requests }}.ended_at is not null and {{ statuses }}.is_response_received)
{%- endmacro %}


{#- Whether a response code says that all went well: I0, I99; or a warning. -#}
{% macro is_success_code(response_code) -%}
    (left({{ response_code }}, 1) in ('I', 'W'))
{%- endmacro %}


{#- True for a request that was answered within its target, false for a later one; null without an answer or a target. -#}
{% macro is_answered_within_target(requests) -%}
    ({{ requests }}.round_trip_time_ms <= {{ requests }}.trt_s * 1000)
{%- endmacro %}


{#- True of a request that may still be answered in time at the as-of instant, so that nobody can say yet how it went: its
    status does not decide it, and its target has not passed, or it is to run later. Without a target only the latter.

    requests   rows of fct_service_requests_coded -#}
{% macro is_pending(requests) -%}
    coalesce(
        {{ requests }}.may_still_be_answered
        and ({{ as_of() }} <= {{ requests }}.answer_due_at or {{ requests }}.execution_at > {{ as_of() }}),
        false
    )
{%- endmacro %}


{#- The longest time to leave out that is added to an instant: 300 years. One can be the greatest number of its type, and
    there is no instant so late. -#}
{% macro longest_wait_ms() -%}
    10000000000000
{%- endmacro %}


{#- The segment of the industry report: SMETS1, whatever says so, else the region.

    region   text of `region_of`
    smets_version   of the Device at that instant -#}
{% macro segment_of(region, smets_version) -%}
    case when {{ smets_version }} = 'SMETS1' then 'SMETS1' else {{ region }} end
{%- endmacro %}


{#- Whole milliseconds between two instants, each cut to whole milliseconds. -#}
{% macro duration_ms(from_instant, to_instant) -%}
    ({{ epoch_ms(to_instant) }} - {{ epoch_ms(from_instant) }})
{%- endmacro %}


{#- The region of a row: its own, else its Device's, else SMETS1 where either is known to be of SMETS1.

    device   none: nothing is known of one -#}
{% macro region_of(row, device=none) -%}
    coalesce(
        {{ row }}.csp_region,
        {% if device %}{{ device }}.csp_region,{% endif %}
        case
            when
                {{ row }}.s1sp is not null
                {% if device %}or {{ device }}.s1sp is not null or {{ device }}.smets_version = 'SMETS1'{% endif %}
                then 'SMETS1'
            else 'Unknown'
        end
    )
{%- endmacro %}


{#- True for a top-up that was sent to be delivered locally, by the User and not over the DCC's network.

    requests   rows with the command variant -#}
{% macro is_local_delivery(requests) -%}
    ({{ requests }}.command_variant = {{ var('local_delivery_command_variant') }})
{%- endmacro %}


{#- Aggregate: whether requests have landed for as long as it takes to say of a Device that it is long-term non-communicating
    on the first day of the month; null where none landed. -#}
{% macro is_history_long_enough(requests) -%}
    (cast(min({{ requests }}.started_at) as date) <= {{ add_days(first_day(), -var('long_term_days')) }})
{%- endmacro %}
