-- One row per value of a column of devices.csv (the part), of the Devices that the filters leave: most first.
with

counted as (
    select
        device_type,
        csp_id,
        commissioned_status,
        smets_version,
        coalesce(cast(prepayment_flag as varchar), '(empty)') as prepayment_flag,
        count(*) as device_count
    from devices
    group by all
),

final as (
    select
        case
            when grouping(device_type) = 0 then 'device_type'
            when grouping(csp_id) = 0 then 'csp_id'
            when grouping(commissioned_status) = 0 then 'commissioned_status'
            when grouping(smets_version) = 0 then 'smets_version'
            else 'prepayment_flag'
        end as part,
        coalesce(device_type, csp_id, commissioned_status, smets_version, prepayment_flag, '(empty)') as value_as_is,
        cast(sum(device_count) as bigint) as device_count
    from counted
    group by
        grouping sets ((device_type), (csp_id), (commissioned_status), (smets_version), (prepayment_flag))
)

select
    part,
    value_as_is,
    case
        when value_as_is = '(empty)' then 'Not known'
        when part = 'prepayment_flag' and value_as_is = 'true' then 'Prepayment'
        when part = 'prepayment_flag' then 'Credit'
        else value_as_is
    end as name,
    device_count,
    share(device_count, sum(device_count) over (partition by part)) as device_share,
    sum(device_count) over (partition by part) as total_count
from final
order by part, device_count desc, value_as_is
