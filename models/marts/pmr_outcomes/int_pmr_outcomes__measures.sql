-- Grain: one row per figure of the section, segment and value of a split, for measures.csv.
with

cells as (

    select *
    from {{ ref('int_pmr_outcomes__cells') }}
    where is_applicable

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

measure_feeds as (

    select * from {{ ref('pmr_measure_feeds') }}

),

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

earliest as (

    select {{ is_history_long_enough('requests') }} as is_history_long_enough
    from requests

),

{#- The figures: measure, family, what it counts and of what; a count is of nothing. -#}
{%- set decided = 'row_count - pending_count' -%}
{%- set figures = [
    ('PP1', 'PP1', 'success_count', decided),
    ('PP1.1:successes', 'PP1', 'success_count', none),
    ('PP1.1:failures', 'PP1', 'failure_count + none_count', none),
    ('PP1.3', 'PP1', 'failure_count + none_count', none),
    ('PP1.1:local', 'PP1.1:local', 'row_count', none),
    ('PP1.1:810E', 'PP1.1:810E', 'row_count', none),
    ('PP1.2:first_share', 'PP1.2', 'first_count', decided),
    ('PP1.2:within_two_share', 'PP1.2', 'first_count + second_count', decided),
    ('PP1.2:later_share', 'PP1.2', 'success_count - first_count - second_count', decided),
    ('PP1.2:failed_share', 'PP1.2', 'failure_count', decided),
    ('CoS1', 'CoS1', 'success_count + rescued_count', decided),
    ('CoS1:success_share', 'CoS1', 'success_count', decided),
    ('CoS1.1', 'CoS1', 'failure_count + none_count', none),
    ('CoS1.1:user_error', 'CoS1', 'user_error_count', none),
    ('B1', 'B1', 'failure_count + none_count', decided),
    ('B1:responded_success', 'B1', 'success_count', none),
    ('B1:responded_failure', 'B1', 'failure_count', none),
    ('B1:unresponded_success', 'B1', 'unresponded_success_count', none),
    (
        'B1:unresponded_failure', 'B1',
        'row_count - success_count - failure_count - unresponded_success_count', none,
    ),
    ('B1.1', 'B1.1', 'row_count', none),
    ('DF1.1:devices', 'DF1.1:devices', 'success_count', decided),
    ('DF1.1:hubs', 'DF1.1:hubs', 'success_count', decided),
    ('DF2', 'DF2', 'success_count', decided),
    ('DF2:failed', 'DF2', 'failure_count', none),
    ('DF2:none', 'DF2', 'none_count', none),
    ('CHF1', 'CHF1', 'success_count', decided),
    ('CHF2', 'CHF2', 'success_count', decided),
    ('TR1:devices_2_2', 'TR1:devices_2_2', 'row_count', none),
    ('TR1:devices_2_2_success', 'TR1:devices_2_2', 'success_count', none),
    ('TR1:devices_6_23', 'TR1:devices_6_23', 'row_count', none),
    ('TR1:devices_6_23_success', 'TR1:devices_6_23', 'success_count', none),
    ('TR1:success_share', 'TR1:devices_6_23', 'success_count', 'row_count'),
    ('TR1:gains', 'TR1:gains', 'row_count', none),
] -%}
{#- Nothing of these can be pending: they are there or not. -#}
{%- set never_pending = ['TR1:devices_2_2', 'TR1:devices_6_23', 'TR1:gains', 'PP1.1:810E'] %}

figures as (

    {% for measure_id, family, part, whole in figures -%}
    {{ 'union all ' if not loop.first }}select
        '{{ measure_id }}' as measure_id,
        segment,
        split,
        split_value,
        is_shown,
        {{ part }} as part,
        {{ whole or 1 }} as whole,
        {{ 'true' if whole else 'false' }} as is_share,
        {{ 'null' if family in never_pending else 'pending_count' }} as pending_count
    from cells
    where family = '{{ family }}'
    {% endfor %}

),

final as (

    select
        figures.measure_id,
        measures.business_process,
        coalesce(measures.srv, measure_feeds.row_srv) as srv,
        figures.segment,
        figures.split,
        figures.split_value,
        cast(case when figures.is_shown then figures.part end as decimal(38, 10)) as numerator,
        cast(case when figures.is_shown and figures.is_share then figures.whole end as decimal(38, 10)) as denominator,
        cast(case when figures.is_shown then figures.pending_count end as bigint) as pending,
        cast(case when figures.is_shown then figures.part end as decimal(38, 0)) as value_part,
        cast(case when figures.is_shown then figures.whole end as decimal(38, 0)) as value_whole,
        not figures.is_shown as is_withheld,
        case
            when figures.measure_id = 'B1.1' and not earliest.is_history_long_enough
                then 'less than {{ var("long_term_days") }} days of data'
        end as state_reason
    from figures
    inner join measures
        on
            figures.measure_id = measures.measure_id
            and (figures.split = 'ALL' or figures.split = measures.splits)
    left join measure_feeds
        on figures.measure_id = measure_feeds.measure_id
    cross join earliest

)

select * from final
