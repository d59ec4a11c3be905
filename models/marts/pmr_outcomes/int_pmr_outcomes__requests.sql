-- Grain: one row per family of figures of requests, segment, Device Type and corporate group of the sender, over the
-- requests of the period.
with

counted as (

    select * from {{ ref('int_pmr_rsvp__requests') }}

),

set_apart as (

    select * from {{ ref('int_pmr_outcomes__requests_set_apart') }}

),

of_pairs as (

    -- What the section looks at of what is counted of requests anyway.
    select
        case
            when business_process = 'Meter Reads' then 'B1'
            when srv = '6.23' then 'CoS1'
            when srv = '2.2' and is_local_delivery then 'PP1.1:local'
            when srv = '2.2' then 'PP1'
            when srv = '11.1' then 'DF1'
            when srv = '11.3' then 'DF3'
        end as family,
        segment,
        device_type,
        corporate_group,
        request_count,
        pending_count,
        responded_success_count,
        responded_failure_count,
        failure_count,
        unresponded_success_count
    from counted

),

added_up as (

    select
        family,
        segment,
        device_type,
        corporate_group,
        {{ outcome_count_columns({
            'row_count': 'request_count',
            'pending_count': 'pending_count',
            'success_count': 'responded_success_count',
            'failure_count': 'responded_failure_count',
            'none_count': 'failure_count - responded_failure_count',
            'unresponded_success_count': 'unresponded_success_count',
            'group_row_count': 'request_count',
        }) }}
    from of_pairs
    where family is not null

    union all

    select
        family,
        segment,
        device_type,
        corporate_group,
        {{ outcome_counts() | join(',\n        ') }}
    from set_apart

    union all

    -- Meter Reads without those that are set apart.
    select
        'B1' as family,
        segment,
        device_type,
        corporate_group,
        {{ each_outcome_count('-{count}') }}
    from set_apart
    where family = 'B1.1'

),

summed as (

    select
        family,
        segment,
        device_type,
        corporate_group,
        {{ outcome_count_sums() }}
    from added_up
    group by
        family,
        segment,
        device_type,
        corporate_group

),

final as (

    select *
    from summed
    where row_count > 0

)

select * from final
