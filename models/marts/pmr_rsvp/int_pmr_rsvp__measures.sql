-- Grain: one row per figure of measures.csv over requests, business process, SRV, segment, split and value of it.
{%- set columns = pmr_measure_columns() %}
{%- set is_listed = "(split = 'ALL' or (split = 'device_type' and srv = 'ALL'))" %}
{%- set is_activation = "(srv = '" ~ activation_srv() ~ "' and segment != 'SMETS1')" %}
{%- set decided = '(request_count - pending_count)' %}
{%- set judged = '(in_time_count + late_count + no_response_count)' %}
{%- set categories = ['responded_success', 'responded_failure', 'unresponded_success', 'unresponded_failure'] %}

{#- Of each figure: its id, the rows of int_pmr_rsvp__figures that it has, and either a count, or the part and the whole
    of a share, or the part, the divisor and the number of values of a time, and the flag that withholds it. -#}
{%- set figures = [
    {'id': 'RSVP-V', 'rows': is_listed, 'count': 'request_count'},
    {'id': 'RSVP-S:mean', 'rows': is_listed, 'time': 'rtt_sum_ms', 'per': '1000 * measured_count'},
    {'id': 'RSVP-S:median', 'rows': is_listed, 'time': 'median_doubled_ms', 'per': '2000'},
    {'id': 'RSVP-S:shortest', 'rows': is_listed, 'time': 'rtt_min_ms', 'per': '1000'},
    {'id': 'RSVP-S:longest', 'rows': is_listed, 'time': 'rtt_max_ms', 'per': '1000'},
    {'id': 'RSVP-S:p99', 'rows': is_listed, 'time': 'p99_hundredths_ms', 'per': '100000'},
    {'id': 'RSVP-S:network_mean', 'rows': is_listed, 'time': 'network_sum_ms', 'per': '1000 * network_count',
     'timed': 'network_count', 'flag': 'is_network_withheld'},
    {'id': 'RSVP-T', 'rows': "(split = 'ALL' or srv = 'ALL')", 'part': 'in_time_count', 'whole': judged},
    {'id': 'RSVP-P:delivery_failure_share', 'rows': is_listed, 'part': 'delivery_failure_count', 'whole': decided},
    {'id': 'RSVP-P:responded_share', 'rows': is_listed,
     'part': '(responded_success_count + responded_failure_count)', 'whole': decided},
    {'id': 'RSVP-P:success_share', 'rows': is_listed, 'part': 'responded_success_count', 'whole': decided},
    {'id': 'IC1', 'rows': "business_process = 'Install and Commission' and " ~ is_listed,
     'part': '(late_count + no_response_count)', 'whole': judged},
    {'id': 'PP2', 'rows': "srv in ('1.6', '2.1') and split = 'ALL'", 'part': 'responded_success_count', 'whole': decided},
    {'id': 'CoS1.2', 'rows': "srv = '6.23' and split = 'ALL'", 'part': 'responded_success_count', 'whole': decided},
    {'id': 'DF1', 'rows': "srv = '11.1' and split = 'ALL'", 'part': 'responded_success_count', 'whole': decided},
    {'id': 'DF3', 'rows': is_activation, 'part': 'responded_success_count', 'whole': decided},
] %}
{%- for category in categories %}
{%- do figures.append({'id': 'RSVP-P:' ~ category, 'rows': is_listed, 'count': category ~ '_count'}) %}
{%- do figures.append({'id': 'DF3:' ~ category, 'rows': is_activation, 'count': category ~ '_count'}) %}
{%- endfor %}
with

requests as (

    select * from {{ ref('int_pmr_rsvp__figures') }}
    where is_applicable

),

days as (

    select * from {{ ref('int_pmr_rsvp__day_figures') }}
    where is_applicable and srv = '6.23'

),

iterations as (

    select * from {{ ref('int_pmr_rsvp__iteration_figures') }}
    where is_applicable

),

shares as (

    select * from {{ ref('int_pmr_rsvp__share_figures') }}

),

named as (

    {% for figure in figures -%}
    {{ 'union all ' if not loop.first }}select
        '{{ figure.id }}' as measure_id,
        business_process,
        srv,
        segment,
        split,
        split_value,
        {% if figure.get('count') -%}
        {{ figure.get('count') }} as numerator,
        null as denominator,
        pending_count as pending,
        {{ figure.get('count') }} as value_part,
        1 as value_whole,
        is_withheld
        {%- elif figure.get('part') -%}
        {{ figure.get('part') }} as numerator,
        {{ figure.whole }} as denominator,
        pending_count as pending,
        {{ figure.get('part') }} as value_part,
        {{ figure.whole }} as value_whole,
        is_withheld
        {%- else -%}
        null as numerator,
        {{ figure.get('timed') or 'measured_count' }} as denominator,
        pending_count as pending,
        {{ figure.get('time') }} as value_part,
        case when {{ figure.get('timed') or 'measured_count' }} > 0 then {{ figure.per }} end as value_whole,
        {{ figure.get('flag') or 'is_rtt_withheld' }} as is_withheld
        {%- endif %}
    from requests
    where {{ figure.rows }}{{ ' and not is_remainder' if figure.get('time') }}
    {% endfor %}
    union all

    select
        'CoS1.2' as measure_id,
        business_process,
        srv,
        segment,
        'day' as split,
        cast(day as string) as split_value,
        request_count - pending_count - failure_count as numerator,
        request_count - pending_count as denominator,
        pending_count as pending,
        request_count - pending_count - failure_count as value_part,
        request_count - pending_count as value_whole,
        is_withheld
    from days

    {% for figure, part in {
        'delivery_failure_share': 'with_delivery_failure_count',
        'any_failure_share': 'with_failure_count',
    }.items() -%}
    union all

    select
        'ITER:{{ figure }}' as measure_id,
        business_process,
        'ALL' as srv,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        {{ part }} as numerator,
        iteration_count as denominator,
        null as pending,
        {{ part }} as value_part,
        iteration_count as value_whole,
        is_withheld
    from iterations

    {% endfor -%}
    union all

    select
        family as measure_id,
        nullif(business_process, '') as business_process,
        case when business_process != '' then item end as srv,
        segment,
        split,
        split_value,
        part_count as numerator,
        whole_count as denominator,
        pending_count as pending,
        part_count as value_part,
        whole_count as value_whole,
        is_withheld
    from shares

),

final as (

    -- What is withheld is not handed on.
    select
        measure_id,
        business_process,
        srv,
        segment,
        split,
        split_value,
        {% for column in ['numerator', 'denominator', 'pending', 'value_part', 'value_whole'] -%}
        cast(case when not is_withheld then {{ column }} end as {{ columns[column] }}) as {{ column }},
        {% endfor -%}
        is_withheld,
        cast(null as string) as state_reason
    from named

)

select {{ columns | join(', ') }} from final
