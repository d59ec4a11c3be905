-- one row per business process: the share that leads its page, in SMETS2, by Device Type, and in SMETS1
with

-- The measure with a target leads; without one, that of responses in time.
chosen as (
    select
        business_process,
        arg_min(measure_id, (target_value is null, measure_id != 'RSVP-T', measure_id)) as measure_id
    from measure_rows
    where section = 3 and kind = 'M' and unit = 'share' and is_whole
    group by business_process
),

final as (
    select
        measure_rows.business_process as key,
        measure_rows.process_position,
        measure_rows.measure_id,
        measure_rows.measure_name,
        max(measure_rows.target) as target,
        max(measure_rows.actual) filter (measure_rows.segment = 'SMETS2' and measure_rows.split = 'ALL') as smets2,
        max(measure_rows.actual) filter (measure_rows.segment = 'SMETS1' and measure_rows.split = 'ALL') as smets1,
        max(measure_rows.actual) filter (measure_rows.segment = 'SMETS2' and measure_rows.split_value = 'ESME') as esme,
        max(measure_rows.actual) filter (measure_rows.segment = 'SMETS2' and measure_rows.split_value = 'GSME') as gsme
    from measure_rows
    inner join chosen
        on
            measure_rows.business_process = chosen.business_process
            and measure_rows.measure_id = chosen.measure_id
    where measure_rows.is_whole
    group by
        measure_rows.business_process, measure_rows.process_position, measure_rows.measure_id,
        measure_rows.measure_name
)

select
    key,
    measure_id,
    measure_name,
    target,
    smets2,
    esme,
    gsme,
    smets1
from final
order by process_position
