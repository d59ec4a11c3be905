{#- Signifiers: what a request or alert has in common with others that fail as it does, by its Device, Communications
    Hub and meter point at that instant. Requests and alerts have the same ones, and they are written once, here. -#}

{#- Columns, for a select from `rows`, `device_spells` and `meter_points` that ends in `found_at_instant`: what the
    Device, its hub and the meter point were at that instant.

    rows   CTE with the requests or alerts: device_key, mpxn_key, csp_region, s1sp -#}
{% macro state_at_instant(rows) -%}
    coalesce(device_spells.device_profile_key, 0) as device_profile_key,
        coalesce(device_spells.hub_profile_key, 0) as hub_profile_key,
        device_spells.hub_key,
        device_spells.device_status,
        device_spells.payment_mode,
        coalesce({{ rows }}.mpxn_key, device_spells.mpxn_key) as meter_point_key,
        {{ region_of(rows, 'device_spells') }} as region,
        {{ names_another_meter_point(rows, 'device_spells') }} as names_another_meter_point,
        meter_points.import_supplier_key as named_import_supplier_key,
        meter_points.gas_supplier_key as named_gas_supplier_key,
        meter_points.network_operator_key as named_network_operator_key,
        device_spells.import_supplier_key,
        device_spells.export_supplier_key,
        device_spells.gas_supplier_key,
        device_spells.network_operator_key
{%- endmacro %}


{#- Joins of `rows` with what `state_at_instant` reads.

    instant   name of the column of rows -#}
{% macro found_at_instant(rows, instant) -%}
    left join device_spells
        on
            {{ rows }}.device_key = device_spells.device_key
            and {{ valid_at('device_spells', rows ~ '.' ~ instant) }}
    -- Most name their Device's own meter point, whose suppliers the spell has already.
    left join meter_points
        on {{ is_named_meter_point('meter_points', rows, 'device_spells', rows ~ '.' ~ instant) }}
{%- endmacro %}


{#- Columns: the signifiers as codes, for a select from rows with `state_at_instant`, joined with `regions`. -#}
{% macro signifier_codes(rows) -%}
    regions.region_key,
        {{ rows }}.device_key,
        {{ rows }}.device_profile_key,
        {{ rows }}.hub_key,
        {{ rows }}.hub_profile_key,
        {{ rows }}.device_status,
        {{ rows }}.payment_mode,
        {{ rows }}.meter_point_key as mpxn_key,
        {{ responsible_key(rows, 'import_supplier') }} as import_supplier_key,
        {{ rows }}.export_supplier_key,
        {{ responsible_key(rows, 'gas_supplier') }} as gas_supplier_key,
        {{ responsible_key(rows, 'network_operator') }} as network_operator_key
{%- endmacro %}


{#- Columns: the signifiers in words, with the identifiers of the Device, hub and meter point, for a select from rows
    with `signifier_codes` that ends in `with_signifiers` and `with_responsible_parties`. -#}
{% macro identified_signifiers(rows) -%}
    regions.region,
        {{ device_id(rows ~ '.device_key') }} as device_id,
        device_profiles.device_type,
        device_profiles.device_manufacturer,
        device_profiles.device_model,
        device_profiles.device_firmware_version,
        device_profiles.smets_version,
        coalesce({{ rows }}.device_status, 'Unknown') as device_status,
        coalesce({{ rows }}.payment_mode, 'Unknown') as payment_mode,
        {{ device_id(rows ~ '.hub_key') }} as ch_device_id,
        hub_profiles.ch_manufacturer,
        hub_profiles.ch_model,
        device_profiles.ch_function,
        hub_profiles.ch_firmware_version,
        {{ mpxn(rows ~ '.mpxn_key') }} as mpxn,
        coalesce(import_suppliers.party_id, 'Unknown') as import_supplier_party_id,
        coalesce(export_suppliers.party_id, 'Unknown') as export_supplier_party_id,
        coalesce(gas_suppliers.party_id, 'Unknown') as gas_supplier_party_id,
        coalesce(network_operators.party_id, 'Unknown') as network_operator_party_id
{%- endmacro %}


{#- Columns: the signifiers in words as the published files have them, in their order: ch_manufacturer, ch_model,
    ch_function, ch_firmware_version, device_type, device_manufacturer, device_model, device_firmware_version, region
    and smets_version. For a select that ends in `with_signifiers`. -#}
{% macro published_signifiers() -%}
    hub_profiles.ch_manufacturer,
        hub_profiles.ch_model,
        device_profiles.ch_function,
        hub_profiles.ch_firmware_version,
        device_profiles.device_type,
        device_profiles.device_manufacturer,
        device_profiles.device_model,
        device_profiles.device_firmware_version,
        regions.region,
        device_profiles.smets_version
{%- endmacro %}


{#- Joins of rows that have the codes of the region, Device and hub with `regions`, `device_profiles` and
    `hub_profiles`, which have the words. -#}
{% macro with_signifiers(rows) -%}
    inner join regions
        on {{ rows }}.region_key = regions.region_key
    inner join device_profiles
        on {{ rows }}.device_profile_key = device_profiles.device_profile_key
    inner join hub_profiles
        on {{ rows }}.hub_profile_key = hub_profiles.hub_profile_key
{%- endmacro %}


{#- Joins of rows with `parties`, for the suppliers and the network operator of the meter point. -#}
{% macro with_responsible_parties(rows) -%}
    {%- for responsible in ['import_supplier', 'export_supplier', 'gas_supplier', 'network_operator'] %}
    left join parties as {{ responsible }}s
        on {{ rows }}.{{ responsible }}_key = {{ responsible }}s.party_key
    {%- endfor %}
{%- endmacro %}
