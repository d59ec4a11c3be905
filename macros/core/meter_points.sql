{#- A request or alert may name a meter point. Where it is the Device's own, the Device's spell has its suppliers and
    network operator already; where it is another, that one's are told. -#}

{#- True when a row names another meter point than its Device's own. -#}
{% macro names_another_meter_point(row, spell) -%}
    coalesce({{ row }}.mpxn_key != {{ spell }}.own_mpxn_key, {{ row }}.mpxn_key is not null)
{%- endmacro %}


{#- The join of the meter point that a row names, where it is another than its Device's own: most rows have none. -#}
{% macro is_named_meter_point(meter_points, row, spell, instant) -%}
    case when {{ names_another_meter_point(row, spell) }} then {{ row }}.mpxn_key end = {{ meter_points }}.mpxn_key
    and {{ valid_at(meter_points, instant) }}
{%- endmacro %}


{#- Who is responsible for the meter point of a row: by the one that it names, else by its Device's spell.

    responsible   one of import_supplier, gas_supplier, network_operator -#}
{% macro responsible_key(row, responsible) -%}
    case
            when {{ row }}.names_another_meter_point then {{ row }}.named_{{ responsible }}_key
            else {{ row }}.{{ responsible }}_key
        end
{%- endmacro %}


{#- The supplier of a Device's meter point: of electricity for an ESME, of gas for a GSME or a Gas Proxy Function, of any other
    Device the one or else the other.

    spells   rows of dim_device_spells -#}
{% macro supplier_key_of_device(spells) -%}
    case
            when {{ spells }}.device_type = 'ESME' then {{ spells }}.import_supplier_key
            when {{ spells }}.device_type in ('GSME', 'GPF') then {{ spells }}.gas_supplier_key
            else coalesce({{ spells }}.import_supplier_key, {{ spells }}.gas_supplier_key)
        end
{%- endmacro %}
