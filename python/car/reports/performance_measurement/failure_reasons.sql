-- one row per listed reason of failure of a business process, SRV and segment, most first
with

failures as (
    from industry.failures
),

response_codes as (
    select
        failure_reason_code,
        name
    from reference.response_codes
),

final as (
    select
        failures.business_process as key,
        processes.position as process_position,
        failures.srv,
        srv_names.srv_name,
        failures.segment,
        failures.failure_reason_code || coalesce(' ' || response_codes.name, '') as reason,
        case when failures.is_user_error then 'yes' when not failures.is_user_error then 'no' else '' end
            as is_user_error,
        failures.failure_count,
        written_share(failures.share, null, null) as share,
        failures.failure_reason_code
    from failures
    left join response_codes on failures.failure_reason_code = response_codes.failure_reason_code
    left join srv_names on failures.srv = srv_names.srv
    left join processes on failures.business_process = processes.business_process
)

select
    key,
    srv_name,
    segment,
    reason,
    is_user_error,
    failure_count,
    share
from final
order by process_position asc, failure_count desc, srv asc, segment asc, failure_reason_code asc
