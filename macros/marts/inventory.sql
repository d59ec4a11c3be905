{#- Rules of the inventory files that more than one model needs. -#}

{#- True where a role is told when a Device was read and sent an alert: an Other User is not. -#}
{% macro is_told_of_devices(role) -%}
    ({{ role }} != 'OU')
{%- endmacro %}


{#- A fact of an instant as the party of an estate is told it, or null: from the first instant of its own registration
    period on. A network operator has no such limit.

    fact   what is told
    instant   when it was
    estates   relation of int_r1__estates -#}
{% macro told_of(fact, instant, estates) -%}
    case
        when
            {{ is_told_of_devices(estates ~ '.role') }}
            and (
                {{ estates }}.registered_from is null
                or {{ instant }} >= cast({{ estates }}.registered_from as timestamp)
            )
            then {{ fact }}
    end
{%- endmacro %}


{#- How far gone something is that ends on a day: `ended` by the month's last day or when it is removed, `ending` by var
    expiry_notice_days after it; else null.

    ends_on   the last day; null for none
    is_removed   condition by which it has ended whatever the day -#}
{% macro ending(ends_on, is_removed='false') -%}
    case
        when {{ is_removed }} or {{ ends_on }} <= {{ last_day() }} then 'ended'
        when {{ ends_on }} <= {{ add_days(last_day(), var('expiry_notice_days')) }} then 'ending'
    end
{%- endmacro %}


{#- The `ending` of an entry of the Central Products List. -#}
{% macro product_ending(products) -%}
    {{ ending(products ~ '.expires_on', products ~ ".status = 'Removed'") }}
{%- endmacro %}


{#- True of the Device Types that are read. -#}
{% macro is_meter(device_type) -%}
    {{ device_type }} in ('ESME', 'GSME')
{%- endmacro %}


{#- True of a meter whose last read, null for none, lies more than var unread_days days of 24 hours before month end. -#}
{% macro is_unread(last_meter_read_at) -%}
    (
        {{ last_meter_read_at }} is null
        or {{ last_meter_read_at }} < {{ month_end() }} - {{ whole_days(var('unread_days')) }}
    )
{%- endmacro %}
