-- Grain: one row per supplier (party in role IS or GS), own Device (CHF, ESME, GSME) and day on which it was
-- commissioned; of the months of fct_commissionings.
with

commissionings as (

    select * from {{ ref('fct_commissionings') }}

),

meters as (

    select
        device_key,
        hub_key,
        mpxn_key,
        valid_from,
        valid_to
    from {{ ref('dim_device_states') }}
    where
        is_in_estate
        and device_type in ('ESME', 'GSME')
        and hub_key is not null
        and mpxn_key is not null

),

registrations as (

    select
        mpxn_key,
        supplier_key,
        valid_from,
        valid_to
    from {{ ref('dim_registrations') }}
    where role in ('IS', 'GS')

),

final as (

    select
        import_supplier_key as party_key,
        device_key,
        commissioned_on,
        device_type,
        region,
        {{ segment_of('region', 'smets_version') }} as segment
    from {{ ref('fct_commissionings') }}
    where device_type in ('ESME', 'GSME') and import_supplier_key is not null

    union all

    select
        gas_supplier_key as party_key,
        device_key,
        commissioned_on,
        device_type,
        region,
        {{ segment_of('region', 'smets_version') }} as segment
    from {{ ref('fct_commissionings') }}
    where device_type in ('ESME', 'GSME') and gas_supplier_key is not null

    union all

    -- A Communications Hub belongs to everyone who has a meter on it.
    select distinct
        registrations.supplier_key as party_key,
        commissionings.device_key,
        commissionings.commissioned_on,
        commissionings.device_type,
        commissionings.region,
        {{ segment_of('commissionings.region', 'commissionings.smets_version') }} as segment
    from commissionings
    inner join meters
        on
            commissionings.device_key = meters.hub_key
            and {{ valid_just_before('meters', end_of_day('commissionings.commissioned_on')) }}
    inner join registrations
        on
            meters.mpxn_key = registrations.mpxn_key
            and {{ valid_at('registrations', 'commissionings.commissioned_on') }}
    where commissionings.device_type = 'CHF'

)

select * from final
