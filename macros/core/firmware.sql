{#- What became of something that is to happen within some time: `success`, in time; `failure`, later; `none`, not at all; or
    `pending`, not yet, and it would still be in time at the as-of instant.

    happened_at   instant, null where it did not
    begun_at   instant
    time_limit   length of time -#}
{% macro timed_outcome(happened_at, begun_at, time_limit) -%}
    case
            when {{ happened_at }} <= {{ begun_at }} + {{ time_limit }} then 'success'
            when {{ happened_at }} is not null then 'failure'
            when {{ as_of() }} <= {{ begun_at }} + {{ time_limit }} then 'pending'
            else 'none'
        end
{%- endmacro %}
