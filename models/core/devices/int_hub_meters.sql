-- Grain: one row per Communications Hub and spell in which the meters on it do not change.
with

meters as (

    select *
    from {{ ref('dim_device_states') }}
    where
        is_in_estate
        and hub_key is not null
        and (
            (device_type = 'ESME' and (mpxn_key is not null or export_mpan_key is not null))
            or (device_type = 'GSME' and mpxn_key is not null)
        )

),

changes as (

    select
        hub_key,
        valid_from as changed_at
    from meters

    union

    select
        hub_key,
        valid_to as changed_at
    from meters

),

spells as (

    select
        hub_key,
        changed_at as valid_from,
        lead(changed_at) over (partition by hub_key order by changed_at) as valid_to
    from changes

),

final as (

    select
        spells.hub_key,
        spells.valid_from,
        spells.valid_to,
        -- Of several meters the smallest meter point as text, which is also the smallest as a key.
        min(meters.mpxn_key) filter (where meters.device_type = 'ESME') as electricity_mpxn_key,
        min(meters.mpxn_key) filter (where meters.device_type = 'GSME') as gas_mpxn_key,
        min(meters.export_mpan_key) filter (where meters.device_type = 'ESME') as export_mpan_key
    from spells
    inner join meters
        on
            spells.hub_key = meters.hub_key
            and {{ valid_at('meters', 'spells.valid_from') }}
    where spells.valid_to is not null
    group by
        spells.hub_key,
        spells.valid_from,
        spells.valid_to

)

select * from final
