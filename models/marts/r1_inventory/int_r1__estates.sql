-- Grain: one row per party (in a role) and Device of its estate at the end of the reporting month.
with

devices as (

    select * from {{ ref('int_r1__month_end_devices') }}

),

registrations as (

    select *
    from {{ ref('dim_registrations') }} as registrations
    where {{ valid_at('registrations', last_day()) }}

),

network_operators as (

    select *
    from {{ ref('dim_network_operators') }} as network_operators
    where {{ valid_at('network_operators', last_day()) }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

supplied as (

    -- The import or gas supplier of its meter point.
    select
        registrations.supplier_key as party_key,
        registrations.role,
        devices.device_key,
        devices.device_type,
        devices.hub_key,
        devices.mpxn_key,
        registrations.valid_from as registered_from
    from devices
    inner join registrations
        on
            devices.mpxn_key = registrations.mpxn_key
            and registrations.role in ('IS', 'GS')

),

exporting as (

    -- The export supplier of an ESME's export MPAN.
    select
        registrations.supplier_key as party_key,
        registrations.role,
        devices.device_key,
        devices.device_type,
        devices.hub_key,
        devices.export_mpan_key as mpxn_key,
        registrations.valid_from as registered_from
    from devices
    inner join registrations
        on
            devices.export_mpan_key = registrations.mpxn_key
            and registrations.role = 'ES'
    where devices.device_type = 'ESME'

),

operated as (

    -- The network operator of its MPAN, else of its export MPAN.
    select
        coalesce(import_operators.network_operator_key, export_operators.network_operator_key) as party_key,
        'ED' as role,
        devices.device_key,
        devices.device_type,
        devices.hub_key,
        case
            when import_operators.network_operator_key is not null then devices.mpxn_key
            else devices.export_mpan_key
        end as mpxn_key,
        cast(null as date) as registered_from
    from devices
    left join network_operators as import_operators
        on
            devices.mpxn_key = import_operators.mpxn_key
            and {{ is_mpan('devices.mpxn_key') }}
    left join network_operators as export_operators
        on devices.export_mpan_key = export_operators.mpxn_key
    where
        import_operators.network_operator_key is not null
        or export_operators.network_operator_key is not null

),

by_own_meter_point as (

    select * from supplied

    union all

    select * from exporting

    union all

    select * from operated

),

by_hub as (

    -- Without a meter point of its own: those of the meters on its hub that are in an estate themselves.
    select
        meters.party_key,
        meters.role,
        devices.device_key,
        devices.device_type,
        devices.hub_key,
        meters.mpxn_key,
        meters.registered_from
    from devices
    inner join by_own_meter_point as meters
        on
            devices.hub_key = meters.hub_key
            and meters.role in ('IS', 'GS', 'ED')
            and meters.device_type in ('ESME', 'GSME')
            and (devices.device_type != 'GPF' or meters.device_type = 'GSME')
    where devices.mpxn_key is null

),

answering as (

    -- An Other User's estate: the Devices that answered it with a Success in the month.
    select distinct
        parties.party_key,
        parties.role,
        devices.device_key,
        devices.device_type,
        devices.hub_key,
        devices.mpxn_key,
        cast(null as date) as registered_from
    from requests
    inner join parties
        on requests.originator_key = parties.party_key and parties.role = 'OU'
    inner join devices
        on requests.device_key = devices.device_key
    where
        requests.is_counted
        and requests.is_success
        and {{ in_reporting_month('requests.started_at') }}

),

belonging as (

    select * from by_own_meter_point

    union all

    select * from by_hub

    union all

    select * from answering

),

final as (

    select
        party_key,
        role,
        device_key,
        -- Of several the smallest as text.
        min(mpxn_key) as mpxn_key,
        {{ value_of_least('registered_from', 'mpxn_key') }} as registered_from
    from belonging
    group by
        party_key,
        role,
        device_key

)

select * from final
