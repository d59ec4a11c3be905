-- Grain: one row per Device and spell in which its state, hub, meter points, suppliers and operator do not change.
with

spells as (

    select * from {{ ref('int_device_hub_spells') }}

),

meter_points as (

    select * from {{ ref('dim_meter_point_spells') }}

),

used_meter_points as (

    select
        device_key,
        valid_from as spell_from,
        valid_to as spell_to,
        electricity_mpxn_key as mpxn_key
    from {{ ref('int_device_hub_spells') }}
    where electricity_mpxn_key is not null

    union

    select
        device_key,
        valid_from as spell_from,
        valid_to as spell_to,
        gas_mpxn_key as mpxn_key
    from {{ ref('int_device_hub_spells') }}
    where gas_mpxn_key is not null

    union

    select
        device_key,
        valid_from as spell_from,
        valid_to as spell_to,
        export_mpan_key as mpxn_key
    from {{ ref('int_device_hub_spells') }}
    where export_mpan_key is not null

),

supplier_changes as (

    select
        mpxn_key,
        valid_from as changed_at
    from {{ ref('dim_meter_point_spells') }}

    union

    select
        mpxn_key,
        valid_to as changed_at
    from {{ ref('dim_meter_point_spells') }}

),

cuts as (

    select
        device_key,
        valid_from as spell_from,
        valid_from as cut_at,
        valid_to as spell_to
    from {{ ref('int_device_hub_spells') }}

    union

    select
        used_meter_points.device_key,
        used_meter_points.spell_from,
        supplier_changes.changed_at as cut_at,
        used_meter_points.spell_to
    from used_meter_points
    inner join supplier_changes
        on used_meter_points.mpxn_key = supplier_changes.mpxn_key
    where
        supplier_changes.changed_at > used_meter_points.spell_from
        and supplier_changes.changed_at < used_meter_points.spell_to

),

pieces as (

    select
        device_key,
        spell_from,
        cut_at as valid_from,
        coalesce(
            lead(cut_at) over (partition by device_key, spell_from order by cut_at), spell_to
        ) as valid_to
    from cuts

),

final as (

    select
        pieces.device_key,
        pieces.valid_from,
        pieces.valid_to,
        spells.device_profile_key,
        spells.hub_profile_key,
        spells.hub_key,
        spells.device_type,
        spells.device_status,
        spells.payment_mode,
        spells.smets_version,
        spells.csp_region,
        spells.s1sp,
        spells.own_mpxn_key,
        spells.mpxn_key,
        spells.electricity_mpxn_key,
        spells.gas_mpxn_key,
        spells.export_mpan_key,
        electricity.import_supplier_key,
        export.export_supplier_key,
        gas.gas_supplier_key,
        electricity.network_operator_key
    from pieces
    inner join spells
        on
            pieces.device_key = spells.device_key
            and pieces.spell_from = spells.valid_from
    left join meter_points as electricity
        on
            spells.electricity_mpxn_key = electricity.mpxn_key
            and {{ valid_at('electricity', 'pieces.valid_from') }}
    left join meter_points as gas
        on
            spells.gas_mpxn_key = gas.mpxn_key
            and {{ valid_at('gas', 'pieces.valid_from') }}
    left join meter_points as export
        on
            spells.export_mpan_key = export.mpxn_key
            and {{ valid_at('export', 'pieces.valid_from') }}

)

select * from final
