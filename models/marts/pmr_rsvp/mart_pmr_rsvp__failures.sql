-- Requirement FIA 2.2.1: the failures of each process and SRV by reason code.
-- Grain: one row per measure, business process, SRV, segment and failure reason code.
with

failures as (

    select * from {{ ref('int_pmr_rsvp__failures') }}

),

shown as (

    select * from {{ ref('int_pmr_disclosure__cells') }}
    where family = 'failures' and split = 'reason'

),

remainders as (

    select * from {{ ref('int_pmr_disclosure__remainders') }}
    where family = 'failures'

),

user_errors as (

    select * from {{ ref('response_code_user_errors') }}

),

totals as (

    select
        business_process,
        srv,
        segment,
        cast(sum(failure_count) as bigint) as srv_failure_count
    from failures
    group by
        business_process,
        srv,
        segment

),

counted as (

    select
        business_process,
        srv,
        segment,
        failure_reason_code,
        cast(sum(failure_count) as bigint) as failure_count
    from failures
    group by
        business_process,
        srv,
        segment,
        failure_reason_code

),

terms as (

    select
        business_process,
        srv,
        segment,
        failure_reason_code as split_value,
        failure_count
    from counted

    union all

    select
        business_process,
        srv,
        segment,
        'ALL' as split_value,
        srv_failure_count as failure_count
    from totals

),

listed as (

    select
        counted.business_process,
        counted.srv,
        counted.segment,
        counted.failure_reason_code,
        counted.failure_count
    from counted
    inner join shown
        on
            counted.business_process = shown.business_process
            and counted.srv = shown.item
            and counted.segment = shown.segment
            and counted.failure_reason_code = shown.split_value
    where shown.is_shown

    union all

    select
        remainders.business_process,
        remainders.item as srv,
        remainders.segment,
        remainders.split_value as failure_reason_code,
        cast(sum(remainders.term_sign * terms.failure_count) as bigint) as failure_count
    from remainders
    inner join terms
        on
            remainders.business_process = terms.business_process
            and remainders.term_item = terms.srv
            and remainders.term_segment = terms.segment
            and remainders.term_split_value = terms.split_value
    group by
        remainders.business_process,
        remainders.item,
        remainders.segment,
        remainders.split_value

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        case listed.srv when '6.23' then 'CoS1.1' when '2.2' then 'PP1.3' else 'RSVP-P' end as measure_id,
        listed.business_process,
        listed.srv,
        listed.segment,
        listed.failure_reason_code,
        user_errors.is_user_error,
        listed.failure_count,
        {{ share('listed.failure_count', 'totals.srv_failure_count', 6) }} as share
    from listed
    inner join totals
        on
            listed.business_process = totals.business_process
            and listed.srv = totals.srv
            and listed.segment = totals.segment
    left join user_errors
        on listed.failure_reason_code = user_errors.response_code

)

select * from final
