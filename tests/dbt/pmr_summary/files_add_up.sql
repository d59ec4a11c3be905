{{ config(group='reporting') }}
-- Check adds_up, of the other files: each total is its parts, what is withheld of them as one row with them. A line of
-- which parts are withheld, and no row says what they are together, tells nothing.
-- depends_on: {{ ref('mart_pmr_summary__reconciliation') }}
{%- set requests = [
    'volume', 'responded_success', 'responded_failure', 'unresponded_success', 'unresponded_failure', 'in_time', 'late',
    'no_response', 'pending', 'no_target',
] %}
{#- file, column that it is added up over, its total, which are parts, which rows, the rest of the key, numbers -#}
{%- set lines = [
    ('rsvp_monthly', 'segment', 'SMETS2', "segment != 'SMETS1'", "split = 'ALL'", ['business_process', 'srv'], requests),
    ('rsvp_monthly', 'srv', 'ALL', 'true', "split = 'ALL'", ['business_process', 'segment'], requests),
    (
        'rsvp_monthly', 'split_value', 'ALL', 'true', "split in ('ALL', 'device_type') and srv = 'ALL'"
        " and segment in ('SMETS2', 'SMETS1')", ['business_process', 'segment'], requests,
    ),
    (
        'rsvp_monthly', 'split_value', 'ALL', 'true', "split in ('ALL', 'sla_s') and srv = 'ALL'"
        " and segment in ('SMETS2', 'SMETS1')", ['business_process', 'segment'], requests,
    ),
    ('rsvp_daily', 'segment', 'SMETS2', "segment != 'SMETS1'", "srv = 'ALL'", ['business_process', 'day'],
     ['volume', 'failures', 'delivery_failures']),
    ('rsvp_daily', 'srv', 'ALL', 'true', "segment in ('SMETS2', 'SMETS1')", ['business_process', 'segment', 'day'],
     ['volume', 'failures', 'delivery_failures']),
    ('iterations', 'segment', 'SMETS2', "segment != 'SMETS1'", 'true', ['business_process'],
     ['iterations', 'with_delivery_failure', 'with_any_failure']),
    ('top_up_attempts', 'segment', 'SMETS2', "segment != 'SMETS1'", "device_type = 'ALL'", ["'2.2'"],
     ['series', 'first', 'second', 'later', 'failed', 'pending']),
    ('top_up_attempts', 'device_type', 'ALL', 'true', "segment in ('SMETS2', 'SMETS1')", ['segment'],
     ['series', 'first', 'second', 'later', 'failed', 'pending']),
    ('firmware', 'segment', 'SMETS2', "segment != 'SMETS1'", "device_type = 'ALL'", ['measure_id'],
     ['total', 'success', 'failure', 'none', 'pending']),
    (
        'firmware', 'device_type', 'ALL', 'true',
        "segment in ('SMETS2', 'SMETS1') and measure_id not in ('DF1', 'CHF1', 'CHF2')", ['measure_id', 'segment'],
        ['total', 'success', 'failure', 'none', 'pending'],
    ),
    ('installs_daily', 'segment', 'SMETS2', "segment != 'SMETS1'", "device_type = 'ALL' or measure like '%8_14%' or measure = 'neither_yet'",
     ['measure', 'day'], ['value']),
    (
        'installs_daily', 'device_type', 'ALL', 'true',
        "segment = 'SMETS2' and measure in ('successful_installs', 'failed_installs')", ['measure', 'day'], ['value'],
    ),
] %}
{%- set marts = {
    'rsvp_monthly': ref('mart_pmr_rsvp__rsvp_monthly'),
    'rsvp_daily': ref('mart_pmr_rsvp__rsvp_daily'),
    'iterations': ref('mart_pmr_rsvp__iterations'),
    'top_up_attempts': ref('mart_pmr_outcomes__top_up_attempts'),
    'firmware': ref('mart_pmr_outcomes__firmware'),
    'installs_daily': ref('mart_pmr_estate__installs_daily'),
} %}
with

lines as (

    {% for file, column, total, parts, rows, others, numbers in lines -%}
    {{ 'union all ' if not loop.first }}
    select
        '{{ file }}.csv' as file_name,
        '{{ column }}' as added_up_over,
        coalesce(cast({{ others | join(" as string), '') || ' ' || coalesce(cast(") }} as string), '') as row_key
    from {{ marts[file] }}
    where
        ({{ rows }})
        {% for other in others -%}
        and coalesce(cast({{ other }} as string), 'Withheld') != 'Withheld'
        {% endfor %}
    group by {{ others | join(', ') }}
    having
        max(case when {{ column }} = '{{ total }}' and state in ('Reported', 'No Events') then 1 else 0 end) = 1
        and max(case when {{ column }} = 'Withheld' then 1 else 0 end)
        >= max(case when {{ column }} != '{{ total }}' and {{ parts }} and state = 'Withheld' then 1 else 0 end)
        and (
            {% for number in numbers -%}
            {{ 'or ' if not loop.first -}}
            coalesce(sum(case when {{ column }} = '{{ total }}' then {{ quoted(number) }} end), 0)
            != coalesce(sum(case when {{ column }} != '{{ total }}' and {{ parts }} then {{ quoted(number) }} end), 0)
            {% endfor %}
        )
    {% endfor %}

),

-- The days of a month, with what is withheld of them, and the month. Not of what is withheld together: on a day that
-- may be more SRVs or regions than in the month.
days as (

    select
        business_process,
        srv,
        segment,
        sum(volume) as volume,
        max(case when state = 'Withheld' then 1 else 0 end) as is_withheld,
        max(case when day is null then 1 else 0 end) as is_told_together
    from {{ marts['rsvp_daily'] }}
    group by
        business_process,
        srv,
        segment

),

months as (

    select
        business_process,
        srv,
        segment,
        volume
    from {{ marts['rsvp_monthly'] }}
    where split = 'ALL' and state in ('Reported', 'No Events')

),

final as (

    select
        file_name,
        added_up_over,
        row_key
    from lines

    union all

    select
        'rsvp_daily.csv' as file_name,
        'day' as added_up_over,
        days.business_process || ' ' || days.srv || ' ' || days.segment as row_key
    from days
    inner join months
        on
            days.business_process = months.business_process
            and days.srv = months.srv
            and days.segment = months.segment
    where
        'Withheld' not in (days.srv, days.segment)
        and days.is_told_together >= days.is_withheld
        and coalesce(days.volume, 0) != coalesce(months.volume, 0)

)

select
    *,
    file_name || ': ' || row_key || ' is not what it adds up to over ' || added_up_over as says
from final
