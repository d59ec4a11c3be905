-- Grain: one row per corporate group, business process, SRV or `ALL`, segment and day with requests. An SRV by itself
-- has days in SMETS2 and SMETS1 alone.
with

days as (

    select * from {{ ref('int_pmr_rsvp__days') }}

),

segments as (

    select * from {{ ref('int_pmr_rsvp__segments') }}

),

widened as (

    select
        days.corporate_group,
        days.business_process,
        days.srv,
        segments.segment,
        days.day,
        {{ day_sums() }}
    from days
    inner join segments
        on days.segment = segments.region
    group by
        days.corporate_group,
        days.business_process,
        days.srv,
        segments.segment,
        days.day

),

final as (

    select
        corporate_group,
        business_process,
        srv,
        segment,
        day,
        request_count,
        pending_count,
        failure_count,
        delivery_failure_count,
        measured_count,
        rtt_sum_ms,
        rtt_max_ms
    from widened
    where segment in ('SMETS2', 'SMETS1')

    union all

    select
        corporate_group,
        business_process,
        'ALL' as srv,
        segment,
        day,
        {{ day_sums() }}
    from widened
    group by
        corporate_group,
        business_process,
        segment,
        day

)

select * from final
