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


{#- True for a request that was answered within its target, false for a later one; null without an answer or a target. -#}
{% macro is_answered_within_target(requests) -%}
    ({{ requests }}.round_trip_time_ms <= {{ requests }}.trt_s * 1000)
{%- endmacro %}


{#- Whole milliseconds between two instants, each cut to whole milliseconds. -#}
{% macro duration_ms(from_instant, to_instant) -%}
    ({{ epoch_ms(to_instant) }} - {{ epoch_ms(from_instant) }})
{%- endmacro %}


{#- The region of a row: its own, else its Device's, else SMETS1 where either is known to be of SMETS1. -#}
{% macro region_of(row, device) -%}
    coalesce(
        {{ row }}.csp_region,
        {{ device }}.csp_region,
        case
            when {{ row }}.s1sp is not null or {{ device }}.s1sp is not null or {{ device }}.smets_version = 'SMETS1'
                then 'SMETS1'
            else 'Unknown'
        end
    )
{%- endmacro %}
