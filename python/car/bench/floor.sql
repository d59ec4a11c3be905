-- The floor: what a hand-written pipeline of the same shape does at least. It scans the columns that are needed,
-- keeps the last state of each key, puts the Device's last attributes beside it, and writes the enriched width back
-- as zstd Parquet. No check, no quarantine, no history, no marts. ${landing} is the landing folder, ${folder} gets the files.

create temp table devices as
select
    ('0x' || replace(device_id, '-', ''))::ubigint as device_key,
    max_by(
        {
            'type': device_type, 'manufacturer': manufacturer, 'model': model, 'firmware': firmware_version,
            'smets': smets_version, 'status': device_status, 'payment': payment_mode, 'hub': chf_device_id, 'mpxn': mpxn
        },
        effective_at
    ) as state
from read_parquet('${landing}/device_inventory/**/*.parquet', union_by_name = true, hive_partitioning = false)
where device_id similar to '([0-9A-F]{2}-){7}[0-9A-F]{2}'
group by all;

create temp table repeated_requests as
select hash(transaction_id) as key, max(recorded_at) as recorded_at
from read_parquet('${landing}/service_requests/**/*.parquet', union_by_name = true, hive_partitioning = false)
group by all
having count(*) > 1;

copy (
    select
        requests.transaction_id, requests.started_at, requests.ended_at, requests.srv, requests.command_variant,
        requests.mode_of_operation, requests.originator_party_id, requests.originator_role, requests.report_status_id,
        requests.response_code, requests.csp_region, requests.s1sp, requests.device_id, requests.sla_exclusion_ms,
        coalesce(requests.mpxn, devices.state.mpxn) as mpxn, devices.state.type, devices.state.manufacturer,
        devices.state.model, devices.state.firmware, devices.state.smets, devices.state.status, devices.state.payment,
        devices.state.hub, hubs.state.manufacturer as hub_manufacturer, hubs.state.model as hub_model,
        hubs.state.firmware as hub_firmware,
        date_diff('millisecond', requests.started_at, requests.ended_at) as round_trip_time_ms,
        left(requests.response_code, 1) in ('I', 'W') as is_success
    from read_parquet('${landing}/service_requests/**/*.parquet', union_by_name = true, hive_partitioning = false) as requests
    left join repeated_requests on hash(requests.transaction_id) = repeated_requests.key
    left join devices on try_cast('0x' || replace(requests.device_id, '-', '') as ubigint) = devices.device_key
    left join devices as hubs on try_cast('0x' || replace(devices.state.hub, '-', '') as ubigint) = hubs.device_key
    where repeated_requests.key is null or requests.recorded_at = repeated_requests.recorded_at
) to '${folder}/requests.parquet' (format parquet, compression zstd);

create temp table repeated_alerts as
select hash(alert_id, destination_party_id, destination_role) as key, max(recorded_at) as recorded_at
from read_parquet('${landing}/alerts/**/*.parquet', union_by_name = true, hive_partitioning = false)
group by all
having count(*) > 1;

copy (
    select
        alerts.alert_id, alerts.alert_code, alerts.raised_at, alerts.delivered_at, alerts.destination_party_id,
        alerts.destination_role, alerts.report_status_id, alerts.response_code, alerts.remote_party_role,
        alerts.suppressed, alerts.csp_region, alerts.s1sp, alerts.device_id,
        coalesce(alerts.mpxn, devices.state.mpxn) as mpxn, devices.state.type, devices.state.manufacturer,
        devices.state.model, devices.state.firmware, devices.state.smets, devices.state.status, devices.state.hub,
        hubs.state.manufacturer as hub_manufacturer, hubs.state.model as hub_model, hubs.state.firmware as hub_firmware,
        date_diff('millisecond', alerts.raised_at, alerts.delivered_at) as delivery_time_ms
    from read_parquet('${landing}/alerts/**/*.parquet', union_by_name = true, hive_partitioning = false) as alerts
    left join repeated_alerts
        on hash(alerts.alert_id, alerts.destination_party_id, alerts.destination_role) = repeated_alerts.key
    left join devices on try_cast('0x' || replace(alerts.device_id, '-', '') as ubigint) = devices.device_key
    left join devices as hubs on try_cast('0x' || replace(devices.state.hub, '-', '') as ubigint) = hubs.device_key
    where repeated_alerts.key is null or alerts.recorded_at = repeated_alerts.recorded_at
) to '${folder}/alerts.parquet' (format parquet, compression zstd);
