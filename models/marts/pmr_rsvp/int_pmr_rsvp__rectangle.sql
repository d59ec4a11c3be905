-- Grain: one row per row of rsvp_monthly.csv: business process, SRV or `ALL`, segment, split and value of it.
with

pairs as (

    select * from {{ ref('pmr_processes') }}

),

processes as (

    select * from {{ ref('business_processes') }}

),

segments as (

    select * from {{ ref('segments') }}

),

device_types as (

    select device_type
    from {{ ref('device_types') }}

    union all

    select 'Unknown' as device_type

),

classes as (

    select cast(trt_s as string) as sla_s
    from {{ ref('target_response_times') }}

    union

    select cast(trt_s as string) as sla_s
    from {{ ref('target_response_time_exceptions') }}

    union

    -- A mode without a target makes the class `None`.
    select coalesce(cast(default_trt_s as string), 'None') as sla_s
    from {{ ref('modes_of_operation') }}

),

srvs as (

    select
        business_process,
        srv,
        smets1_applies
    from pairs

    union all

    -- The process has a figure of SMETS1 where one of its SRVs has.
    select
        business_process,
        'ALL' as srv,
        bool_or(smets1_applies) as smets1_applies
    from pairs
    group by business_process

),

split_values as (

    select distinct
        srvs.business_process,
        'device_type' as split,
        {{ reported_device_type('processes', 'device_types.device_type') }} as split_value
    from srvs
    inner join processes
        on srvs.business_process = processes.business_process
    cross join device_types

    union all

    select distinct
        srvs.business_process,
        'sla_s' as split,
        classes.sla_s as split_value
    from srvs
    cross join classes

),

splits as (

    select
        business_process,
        srv,
        smets1_applies,
        false as is_wide,
        'ALL' as split,
        'ALL' as split_value
    from srvs

    union all

    select
        srvs.business_process,
        srvs.srv,
        srvs.smets1_applies,
        true as is_wide,
        split_values.split,
        split_values.split_value
    from srvs
    inner join split_values
        on srvs.business_process = split_values.business_process
    where srvs.srv = 'ALL'

),

final as (

    select
        splits.business_process,
        splits.srv,
        segments.segment,
        splits.split,
        splits.split_value,
        {{ is_applicable('segments.segment', 'splits.smets1_applies') }} as is_applicable
    from splits
    inner join segments
        on
            segments.segment != 'ALL'
            and not (splits.is_wide and segments.is_region)

)

select * from final
