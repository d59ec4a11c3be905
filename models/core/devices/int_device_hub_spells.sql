-- Grain: one row per Device and spell in which neither its own state, nor its hub's, nor the meters on its hub change.
with

states as (

    select * from {{ ref('dim_device_states') }}

),

hub_states as (

    select * from {{ ref('dim_device_states') }}

),

hub_meters as (

    select * from {{ ref('int_hub_meters') }}

),

hub_changes as (

    select
        device_key as hub_key,
        valid_from as changed_at
    from {{ ref('dim_device_states') }}

    union

    select
        device_key as hub_key,
        valid_to as changed_at
    from {{ ref('dim_device_states') }}

    union

    select
        hub_key,
        valid_from as changed_at
    from {{ ref('int_hub_meters') }}

    union

    select
        hub_key,
        valid_to as changed_at
    from {{ ref('int_hub_meters') }}

),

cuts as (

    select
        device_key,
        valid_from as state_from,
        valid_from as cut_at,
        valid_to as state_to
    from {{ ref('dim_device_states') }}

    union all

    select
        attached.device_key,
        attached.valid_from as state_from,
        hub_changes.changed_at as cut_at,
        attached.valid_to as state_to
    from {{ ref('dim_device_states') }} as attached
    inner join hub_changes
        on attached.hub_key = hub_changes.hub_key
    where hub_changes.changed_at > attached.valid_from and hub_changes.changed_at < attached.valid_to

),

spells as (

    select
        device_key,
        state_from,
        cut_at as valid_from,
        coalesce(
            lead(cut_at) over (partition by device_key, state_from order by cut_at), state_to
        ) as valid_to
    from cuts

),

hub_profiles as (

    select * from {{ ref('dim_hub_profiles') }}

),

device_profiles as (

    select * from {{ ref('dim_device_profiles') }}

),

final as (

    select
        spells.device_key,
        spells.valid_from,
        spells.valid_to,
        device_profiles.device_profile_key,
        coalesce(hub_profiles.hub_profile_key, 0) as hub_profile_key,
        states.hub_key,
        states.device_type,
        states.device_status,
        states.payment_mode,
        states.smets_version,
        states.csp_region,
        states.s1sp,
        states.mpxn_key as own_mpxn_key,
        coalesce(states.mpxn_key, hub_meters.electricity_mpxn_key, hub_meters.gas_mpxn_key) as mpxn_key,
        coalesce(states.mpxn_key, hub_meters.electricity_mpxn_key) as electricity_mpxn_key,
        coalesce(states.mpxn_key, hub_meters.gas_mpxn_key) as gas_mpxn_key,
        coalesce(
            states.export_mpan_key,
            case when states.mpxn_key is null then hub_meters.export_mpan_key end
        ) as export_mpan_key
    from spells
    inner join states
        on
            spells.device_key = states.device_key
            and spells.state_from = states.valid_from
    inner join device_profiles
        on
            states.device_type = device_profiles.device_type
            and coalesce(states.manufacturer, 'Unknown') = device_profiles.device_manufacturer
            and coalesce(states.model, 'Unknown') = device_profiles.device_model
            and coalesce(states.firmware_version, 'Unknown') = device_profiles.device_firmware_version
            and states.smets_version = device_profiles.smets_version
    left join hub_states
        on
            states.hub_key = hub_states.device_key
            and {{ valid_at('hub_states', 'spells.valid_from') }}
    left join hub_profiles
        on
            coalesce(hub_states.manufacturer, 'Unknown') = hub_profiles.ch_manufacturer
            and coalesce(hub_states.model, 'Unknown') = hub_profiles.ch_model
            and coalesce(hub_states.firmware_version, 'Unknown') = hub_profiles.ch_firmware_version
    left join hub_meters
        on
            states.hub_key = hub_meters.hub_key
            and {{ valid_at('hub_meters', 'spells.valid_from') }}

)

select * from final
