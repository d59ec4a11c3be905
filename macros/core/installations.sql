{#- Rules about installations and changes of supplier that more than one model needs (docs/definitions.md,
    "Install and Commission" and "Change of Supplier"). -#}

{#- The first instant after a calendar day. -#}
{% macro end_of_day(day) -%}
    cast({{ add_days(day, 1) }} as timestamp)
{%- endmacro %}


{#- What a request by which a supplier tells of an installation counts as in the files about installs; null for none.

    requests   rows of fct_installation_requests -#}
{% macro reported_install(requests) -%}
    case
            when {{ requests }}.is_success and {{ requests }}.meaning = 'hub_installed' then 'installs_8_14_1'
            when {{ requests }}.is_success and {{ requests }}.meaning = 'hub_installed_without_wan' then 'installs_8_14_2'
            when
                not {{ requests }}.is_success
                and not {{ requests }}.is_commissioned_that_day
                and {{ requests }}.meaning in ('meter_commissioned', 'hub_installed')
                then 'failed_installs'
        end
{%- endmacro %}


{#- The region of a Device alone, whatever a request to it says. -#}
{% macro region_of_device(device) -%}
    {{ region_of(device, device) }}
{%- endmacro %}


{#- A number of days of 24 hours each, as a length of time. -#}
{% macro whole_days(count) -%}
    interval '{{ (count | int) * 24 }}' hour
{%- endmacro %}
