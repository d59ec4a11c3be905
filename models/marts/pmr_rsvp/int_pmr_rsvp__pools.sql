-- Grain: one row per cell of the section and corporate group, and one of each cell that is of no group.
{%- set key = pmr_cell_key() %}
{%- set columns = pmr_pool_columns() %}
with

cells as (

    select * from {{ ref('int_pmr_rsvp__cells') }}

),

months as (

    select
        *,
        -- By Device Type an SRV has its success alone.
        srv = 'ALL' or split = 'ALL' as has_all_shares
    from {{ ref('int_pmr_rsvp__months') }}

),

days as (

    select * from {{ ref('int_pmr_rsvp__day_cells') }}

),

measures as (

    select * from {{ ref('int_pmr_rsvp__shares') }}
    -- What the DCC's own measures are for all is shown, whatever it pools.
    where segment != 'ALL'

),

iterations as (

    select * from {{ ref('int_pmr_rsvp__iterations') }}

),

failures as (

    select * from {{ ref('int_pmr_rsvp__failures') }}

),

srv_failures as (

    select
        corporate_group,
        business_process,
        srv,
        segment,
        cast(sum(failure_count) as bigint) as failure_count
    from failures
    group by
        corporate_group,
        business_process,
        srv,
        segment

),

reason_failures as (

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

all_failures as (

    select
        business_process,
        srv,
        segment,
        cast(sum(failure_count) as bigint) as failure_count
    from failures
    group by
        business_process,
        srv,
        segment

),

{% set no_shares = [] -%}
{% for number in range(1, 5) -%}
{% for side in ['part', 'whole'] -%}
{% do no_shares.append('cast(null as bigint) as share_%d_%s' % (number, side)) -%}
{% endfor -%}
{% endfor -%}

pooled as (

    select
        'rsvp' as family,
        business_process,
        srv as item,
        segment,
        split,
        split_value,
        corporate_group,
        request_count as row_count,
        responded_success_count as share_1_part,
        request_count - pending_count as share_1_whole,
        case when has_all_shares then responded_success_count + responded_failure_count end as share_2_part,
        case when has_all_shares then request_count - pending_count end as share_2_whole,
        case when has_all_shares then delivery_failure_count end as share_3_part,
        case when has_all_shares then request_count - pending_count end as share_3_whole,
        case when has_all_shares then in_time_count end as share_4_part,
        case when has_all_shares then in_time_count + late_count + no_response_count end as share_4_whole
    from months

    union all

    select
        'rsvp' as family,
        business_process,
        srv as item,
        segment,
        'day' as split,
        cast(day as string) as split_value,
        corporate_group,
        request_count as row_count,
        failure_count as share_1_part,
        request_count - pending_count as share_1_whole,
        delivery_failure_count as share_2_part,
        request_count - pending_count as share_2_whole,
        {{ no_shares[4:] | join(',\n        ') }}
    from days

    union all

    {% for family, count in {'rsvp:rtt': 'measured_count', 'rsvp:network': 'network_count'}.items() -%}
    select
        '{{ family }}' as family,
        business_process,
        srv as item,
        segment,
        split,
        split_value,
        corporate_group,
        {{ count }} as row_count,
        {{ no_shares | join(',\n        ') }}
    from months
    where {{ count }} > 0 and has_all_shares

    union all

    {% endfor -%}
    select
        'rsvp:rtt' as family,
        business_process,
        srv as item,
        segment,
        'day' as split,
        cast(day as string) as split_value,
        corporate_group,
        measured_count as row_count,
        {{ no_shares | join(',\n        ') }}
    from days
    where measured_count > 0

    union all

    select
        family,
        business_process,
        item,
        segment,
        split,
        split_value,
        corporate_group,
        request_count as row_count,
        part_count as share_1_part,
        whole_count as share_1_whole,
        {{ no_shares[2:] | join(',\n        ') }}
    from measures

    union all

    select
        'ITER' as family,
        business_process,
        'ALL' as item,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        corporate_group,
        pooled_count as row_count,
        pooled_delivery_failure_count as share_1_part,
        pooled_count as share_1_whole,
        pooled_failure_count as share_2_part,
        pooled_count as share_2_whole,
        {{ no_shares[4:] | join(',\n        ') }}
    from iterations
    where pooled_count > 0

    union all

    select
        'failures' as family,
        business_process,
        srv as item,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        corporate_group,
        failure_count as row_count,
        {{ no_shares | join(',\n        ') }}
    from srv_failures

    union all

    select
        'failures' as family,
        business_process,
        srv as item,
        segment,
        'reason' as split,
        failure_reason_code as split_value,
        corporate_group,
        failure_count as row_count,
        failure_count as share_1_part,
        failure_count as share_1_whole,
        {{ no_shares[2:] | join(',\n        ') }}
    from failures

    union all

    -- A reason's share is of the failures for all reasons, of whatever group.
    select
        'failures' as family,
        reason_failures.business_process,
        reason_failures.srv as item,
        reason_failures.segment,
        'reason' as split,
        reason_failures.failure_reason_code as split_value,
        cast(null as string) as corporate_group,
        0 as row_count,
        0 as share_1_part,
        all_failures.failure_count - reason_failures.failure_count as share_1_whole,
        {{ no_shares[2:] | join(',\n        ') }}
    from reason_failures
    inner join all_failures
        on {{ is_same_in('reason_failures', 'all_failures', ['business_process', 'srv', 'segment']) }}

    union all

    select
        {{ key | join(',\n        ') }},
        cast(null as string) as corporate_group,
        0 as row_count,
        {{ no_shares | join(',\n        ') }}
    from cells

),

{% set typed = [] -%}
{% for column, data_type in columns.items() -%}
{% do typed.append('cast(%s as %s) as %s' % (column, data_type, column)) -%}
{% endfor -%}

final as (

    select
        {{ typed | join(',\n        ') }}
    from pooled

)

select {{ columns | join(', ') }} from final
