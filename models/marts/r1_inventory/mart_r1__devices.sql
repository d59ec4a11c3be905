-- Requirement 1: every Device of the recipient's estate at the end of the month, with the fields of the requirement.
-- Grain: one row per recipient (party and role) and Device.
-- Without an order of its own, since the export sorts every row: the sort of rows so wide, beside the hash tables,
-- did not fit into 150 MiB with 700,000 Devices; without it they do, with 5.1 s of CPU instead of 6.0. Outages are
-- counted where a row is written: `owned`, kept in memory to be read twice, cost another eighth.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

estates as (

    select * from {{ ref('int_r1__estates') }}

),

devices as (

    -- Written out once per Device, not once per recipient: 0.3 s of CPU less with 700,000 Devices.
    select
        month_end_devices.*,
        {{ device_id('month_end_devices.device_key') }} as device_id
    from {{ ref('int_r1__month_end_devices') }} as month_end_devices

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

central_products as (

    select * from {{ ref('dim_central_products') }}

),

last_meter_reads as (

    select * from {{ ref('int_r1__last_meter_reads') }}

),

last_alerts as (

    select * from {{ ref('int_r1__last_alerts') }}

),

outage_alerts as (

    select * from {{ ref('int_r1__outage_alerts') }}

),

owned as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        obligations.party_key,
        estates.mpxn_key as estate_mpxn_key,
        -- Where outages are counted: at the meter point, for an export supplier at the import MPAN.
        case when obligations.role = 'ES' then devices.mpxn_key else estates.mpxn_key end as outage_mpxn_key,
        registrations.supplier_party_id,
        registrations.valid_from as supplied_from,
        registrations.valid_to as supplied_to,
        network_operators.network_operator_party_id,
        estates.registered_from,
        {{ is_told_of_devices('obligations.role') }} as is_told,
        devices.*
    from estates
    inner join obligations
        on estates.party_key = obligations.party_key
    inner join devices
        on estates.device_key = devices.device_key
    left join registrations
        on
            estates.mpxn_key = registrations.mpxn_key
            and registrations.role = case obligations.role when 'ED' then 'IS' else obligations.role end
    left join network_operators
        on
            estates.mpxn_key = network_operators.mpxn_key
            and {{ is_mpan('estates.mpxn_key') }}

),

outages as (

    -- An alert that began more than once is counted where its last beginning is.
    select
        mpxn_key,
        alert_id,
        max(alert_start_at) as alert_start_at
    from outage_alerts
    group by
        mpxn_key,
        alert_id

),

outage_starts as (

    select
        mpxn_key,
        {{ list_of('alert_start_at') }} as outages_started_at
    from outages
    group by mpxn_key

),

final as (

    select
        owned.reporting_month,
        owned.party_id,
        owned.role,
        owned.device_id,
        owned.smart_metering_system_id,
        owned.device_type,
        owned.model as device_model,
        owned.firmware_version,
        coalesce(owned.csp_region, owned.s1sp) as csp_id,
        case
            when owned.role in ('IS', 'ES', 'GS') then owned.party_id
            when owned.role = 'ED' then owned.supplier_party_id
        end as energy_supplier_id,
        case when owned.is_told then owned.network_operator_party_id end as dno_id,
        {{ mpxn('owned.estate_mpxn_key') }} as mpxn,
        case when owned.is_told then owned.postcode end as postcode,
        {{ told_of('last_meter_reads.last_meter_read_at', 'last_meter_reads.last_meter_read_at', 'owned') }}
            as last_meter_read_at,
        {{ told_of('last_alerts.last_alert_at', 'last_alerts.last_alert_at', 'owned') }} as last_alert_at,
        {{ told_of('last_alerts.last_alert_code', 'last_alerts.last_alert_at', 'owned') }} as last_alert_code,
        owned.device_status as commissioned_status,
        case
            when owned.is_told
                then {{ count_from('outage_starts.outages_started_at', 'cast(owned.registered_from as timestamp)') }}
        end as power_outage_alert_count,
        owned.payment_mode = 'Prepayment' as prepayment_flag,
        owned.smets_version,
        {{ product_ending('central_products') }} is not null as cpl_expires_within_30_days,
        {{ ending('owned.security_certificate_expires_on') }} is not null
            as security_certificate_expires_within_30_days,
        case when owned.is_told then owned.supplied_from end as change_of_supplier_start_date,
        case
            when owned.is_told and owned.supplied_to < {{ open_end_day() }}
                then {{ add_days('owned.supplied_to', -1) }}
        end as change_of_supplier_end_date
    from owned
    left join central_products
        on
            owned.device_type = central_products.device_type
            and owned.manufacturer = central_products.manufacturer
            and owned.model = central_products.model
            and owned.firmware_version = central_products.firmware_version
    left join last_meter_reads
        on owned.device_key = last_meter_reads.device_key
    left join last_alerts
        on
            owned.device_key = last_alerts.device_key
            and owned.party_key = last_alerts.party_key
    left join outage_starts
        on owned.outage_mpxn_key = outage_starts.mpxn_key

)

select * from final
