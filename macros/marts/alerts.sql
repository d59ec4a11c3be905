{#- Rules of the alert files that more than one model needs. -#}

{#- True for an alert that is in the alert files of its recipient: for an Electricity Distributor one of the listed
    codes, for the others every code. -#}
{% macro is_reported_alert(recipients, alert_codes) -%}
    ({{ recipients }}.role != 'ED' or {{ alert_codes }}.is_electricity_distributor)
{%- endmacro %}


{#- True for an alert that was delivered within var alert_target_s. -#}
{% macro is_delivered_within_target(alerts) -%}
    ({{ alerts }}.delivery_time_ms <= {{ var('alert_target_s') }} * 1000)
{%- endmacro %}
