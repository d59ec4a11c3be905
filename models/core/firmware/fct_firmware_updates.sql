-- Grain: one row per firmware update (the transaction of an 11.1) and Device that it was for, with what became of it.
{%- set time_limit = whole_days(var('firmware_days')) %}
with

distributions as (

    select * from {{ ref('stg_firmware_distributions') }}

),

requests as {{ inlined() }} (

    select * from {{ ref('fct_service_requests_coded') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

response_codes as (

    select * from {{ ref('dim_response_codes') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

device_spells as (

    select * from {{ ref('dim_device_spells') }}

),

distributed as (

    -- The Devices that images were sent to, whatever their number.
    select
        transaction_id,
        device_key,
        min(requested_at) as requested_at,
        min(delivered_at) as delivered_at
    from distributions
    where transaction_id is not null
    group by
        transaction_id,
        device_key

),

first_requests as (

    select
        transaction_id,
        min(requested_at) as requested_at
    from distributed
    group by transaction_id

),

begun as (

    -- An update begins with its request; where none landed, with the first image that was asked for.
    select
        first_requests.transaction_id,
        requests.originator_key,
        coalesce(requests.started_at, first_requests.requested_at) as update_at
    from first_requests
    left join requests
        on first_requests.transaction_id = requests.transaction_id

),

acknowledged as (

    select
        requests.transaction_id,
        requests.originator_key,
        requests.started_at as update_at,
        requests.device_key
    from requests
    inner join srvs
        on requests.srv_key = srvs.srv_key
    inner join processes
        on requests.business_process_number = processes.business_process_number
    inner join measures
        on
            srvs.srv = measures.srv
            and processes.business_process = measures.business_process
            and measures.measure_id = 'DF2'
    inner join response_codes
        on requests.response_code_key = response_codes.response_code_key and response_codes.response_code = 'I99'
    where requests.is_response_received

),

updates as (

    select
        distributed.transaction_id,
        distributed.device_key,
        begun.originator_key,
        begun.update_at,
        true as is_distributed,
        distributed.delivered_at,
        acknowledged.transaction_id is not null as is_acknowledged
    from distributed
    inner join begun
        on distributed.transaction_id = begun.transaction_id
    left join acknowledged
        on distributed.transaction_id = acknowledged.transaction_id

    union all

    -- Without any image in the lists the request itself says which Device it was for.
    select
        acknowledged.transaction_id,
        acknowledged.device_key,
        acknowledged.originator_key,
        acknowledged.update_at,
        false as is_distributed,
        null as delivered_at,
        true as is_acknowledged
    from acknowledged
    left join first_requests
        on acknowledged.transaction_id = first_requests.transaction_id
    where
        acknowledged.device_key is not null
        and first_requests.transaction_id is null

),

reports as (

    -- What Devices say after they have looked at an image: it is sound, or it is not.
    select
        alerts.device_key,
        alerts.alert_start_at,
        alert_codes.alert_code = '8F72' as is_sound
    from alerts
    inner join alert_codes
        on alerts.alert_code_key = alert_codes.alert_code_key and alert_codes.alert_code in ('8F72', '8F1C')
    where
        not alerts.is_storm_suppressed
        and alerts.device_key is not null

),

verifications as (

    select
        updates.transaction_id,
        updates.device_key,
        min(reports.alert_start_at) filter (where reports.is_sound) as verified_at,
        min(reports.alert_start_at) filter (where not reports.is_sound) as failed_at
    from updates
    inner join reports
        on
            updates.device_key = reports.device_key
            and updates.update_at < reports.alert_start_at
            and updates.update_at + {{ time_limit }} >= reports.alert_start_at
    where updates.is_acknowledged
    group by
        updates.transaction_id,
        updates.device_key

),

final as (

    select
        updates.transaction_id,
        updates.device_key,
        updates.originator_key,
        updates.update_at,
        coalesce(device_spells.device_profile_key, 0) as device_profile_key,
        -- A Device whose hub is not known stands for itself.
        coalesce(device_spells.hub_key, updates.device_key) as hub_key,
        {{ region_of_device('device_spells') }} as region,
        {{ supplier_key_of_device('device_spells') }} as supplier_key,
        case
            when not updates.is_distributed then null
            else {{ timed_outcome('updates.delivered_at', 'updates.update_at', time_limit) }}
        end as delivery_outcome,
        case
            when not updates.is_acknowledged then null
            -- Of two at one instant the worse news counts.
            when verifications.verified_at < verifications.failed_at then 'success'
            when verifications.failed_at is not null then 'failure'
            when verifications.verified_at is not null then 'success'
            else {{ timed_outcome('null', 'updates.update_at', time_limit) }}
        end as verification_outcome
    from updates
    left join verifications
        on
            updates.transaction_id = verifications.transaction_id
            and updates.device_key = verifications.device_key
    left join device_spells
        on
            updates.device_key = device_spells.device_key
            and {{ valid_at('device_spells', 'updates.update_at') }}

)

select * from final
