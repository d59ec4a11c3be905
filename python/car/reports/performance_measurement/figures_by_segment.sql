-- one row per measure, process, SRV and split, its figures side by side by segment; the part has SMETS1, or not
with

final as (
    select
        section,
        business_process as key,
        process_position,
        measure_id,
        bare_id,
        measure_name,
        kind,
        unit,
        srv,
        srv_name,
        srv_group,
        srv_position,
        is_whole,
        split,
        split_value,
        split_name,
        count(*) filter (state = 'Reported') as reported_count,
        coalesce(max(cell) filter (segment = 'ALL'), '') as all_segments,
        coalesce(max(cell) filter (segment = 'SMETS2'), '') as smets2,
        coalesce(max(cell) filter (segment = 'North'), '') as north,
        coalesce(max(cell) filter (segment = 'Central'), '') as central,
        coalesce(max(cell) filter (segment = 'South'), '') as south,
        coalesce(max(cell) filter (segment = '4G North'), '') as north_4g,
        coalesce(max(cell) filter (segment = '4G Central'), '') as central_4g,
        coalesce(max(cell) filter (segment = '4G South'), '') as south_4g,
        coalesce(max(cell) filter (segment = 'Unknown'), '') as unknown_region,
        coalesce(max(cell) filter (segment = 'Withheld'), '') as withheld_together,
        coalesce(max(cell) filter (segment = 'SMETS1'), '') as smets1,
        coalesce(
            max(concat_ws(' ', cell, case when state = 'Reported' then '(' || parts || ')' end))
            filter (segment = 'SMETS2'),
            ''
        ) as smets2_in_numbers,
        coalesce(
            max(concat_ws(' ', cell, case when state = 'Reported' then '(' || parts || ')' end))
            filter (segment = 'SMETS1'),
            ''
        ) as smets1_in_numbers,
        case
            when max(max(cell) filter (segment = 'SMETS1')) over (partition by section, business_process) is null
                then 'without SMETS1'
            else 'with SMETS1'
        end as part
    from measure_rows
    where segment is not null
    group by
        section, business_process, process_position, measure_id, bare_id, measure_name, kind, unit, srv, srv_name,
        srv_group, srv_position, is_whole, split, split_value, split_name
)

select
    section,
    key,
    process_position,
    measure_id,
    bare_id,
    measure_name,
    kind,
    unit,
    srv,
    srv_name,
    srv_group,
    srv_position,
    is_whole,
    split,
    split_value,
    split_name,
    reported_count,
    all_segments,
    smets2,
    north,
    central,
    south,
    north_4g,
    central_4g,
    south_4g,
    unknown_region,
    withheld_together,
    smets1,
    smets2_in_numbers,
    smets1_in_numbers,
    part
from final
order by section, process_position, measure_id, srv_group, srv_position, srv, split, split_value
