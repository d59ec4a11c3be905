-- one row per measure of firmware images and segment with a figure, under the process that they belong to
with

firmware as (
    from industry.firmware
),

definitions as (
    select
        measure_id,
        name
    from industry.definitions
),

final as (
    select
        'Update Device Firmware' as key,
        firmware.measure_id,
        definitions.name as measure_name,
        segments.position as segment_position,
        segments.segment_name,
        case firmware.device_type
            when 'ALL' then 'All'
            when 'Withheld' then 'Withheld (sum)'
            else firmware.device_type
        end as device_type,
        firmware.total,
        firmware.success,
        firmware.failure,
        firmware.none as without_answer,
        firmware.pending,
        written_share(firmware.share, null, null) as share
    from firmware
    inner join segments on firmware.segment = segments.segment
    inner join definitions on firmware.measure_id = definitions.measure_id
    where
        firmware.state = 'Reported'
        and (firmware.device_type = 'ALL' or firmware.segment in ('SMETS2', 'SMETS1'))
)

select
    key,
    measure_id,
    measure_name,
    segment_name,
    device_type,
    total,
    success,
    failure,
    without_answer,
    pending,
    share
from final
order by measure_id, segment_position, device_type != 'All', device_type
