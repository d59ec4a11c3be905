{{ config(group='reporting') }}
-- Device Types, regions (not for Electricity Distributors) and SMETS versions of a day each add up to its `ALL`.
with

daily as (

    select
        party_id,
        role,
        business_process,
        srv,
        day,
        sum(own_volume) filter (where device_type = 'ALL' and region = 'ALL' and smets_version = 'ALL') as all_count,
        coalesce(sum(own_volume) filter (where device_type != 'ALL'), 0) as by_device_type_count,
        coalesce(sum(own_volume) filter (where region != 'ALL'), 0) as by_region_count,
        coalesce(sum(own_volume) filter (where smets_version != 'ALL'), 0) as by_smets_version_count
    from {{ ref('mart_r2__daily') }}
    group by
        party_id,
        role,
        business_process,
        srv,
        day

)

select *
from daily
where
    all_count != by_device_type_count
    or all_count != by_smets_version_count
    or by_region_count != case when role = 'ED' then 0 else all_count end
