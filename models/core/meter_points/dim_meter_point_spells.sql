-- Grain: one row per meter point and spell in which neither its suppliers nor its network operator change.
with

registrations as (

    select * from {{ ref('dim_registrations') }}

),

network_operators as (

    select * from {{ ref('dim_network_operators') }}

),

changes as (

    select
        mpxn_key,
        valid_from as changed_on
    from registrations

    union

    select
        mpxn_key,
        valid_to as changed_on
    from registrations

    union

    select
        mpxn_key,
        valid_from as changed_on
    from network_operators

    union

    select
        mpxn_key,
        {{ open_end_day() }} as changed_on
    from network_operators

),

spells as (

    select
        mpxn_key,
        changed_on as valid_from,
        lead(changed_on) over (partition by mpxn_key order by changed_on) as valid_to
    from changes

),

final as (

    select
        spells.mpxn_key,
        -- Suppliers change by the day: at midnight.
        cast(spells.valid_from as timestamp) as valid_from,
        cast(spells.valid_to as timestamp) as valid_to,
        import_suppliers.supplier_key as import_supplier_key,
        export_suppliers.supplier_key as export_supplier_key,
        gas_suppliers.supplier_key as gas_supplier_key,
        network_operators.network_operator_key
    from spells
    left join registrations as import_suppliers
        on
            spells.mpxn_key = import_suppliers.mpxn_key
            and import_suppliers.role = 'IS'
            and {{ valid_at('import_suppliers', 'spells.valid_from') }}
    left join registrations as export_suppliers
        on
            spells.mpxn_key = export_suppliers.mpxn_key
            and export_suppliers.role = 'ES'
            and {{ valid_at('export_suppliers', 'spells.valid_from') }}
    left join registrations as gas_suppliers
        on
            spells.mpxn_key = gas_suppliers.mpxn_key
            and gas_suppliers.role = 'GS'
            and {{ valid_at('gas_suppliers', 'spells.valid_from') }}
    left join network_operators
        on
            spells.mpxn_key = network_operators.mpxn_key
            and {{ valid_at('network_operators', 'spells.valid_from') }}
    where spells.valid_to is not null

)

select * from final
