-- Grain: one row per row of rsvp_daily.csv, the rows `Withheld` among them: there the day is null, or the SRV or
-- segment says so.
{%- set cell = ['business_process', 'srv', 'segment', 'day'] %}
with

month_rows as (

    select * from {{ ref('int_pmr_rsvp__rectangle') }}
    where split = 'ALL'

),

reporting_days as (

    select * from {{ ref('dim_reporting_days') }}

),

day_cells as (

    select * from {{ ref('int_pmr_rsvp__day_cells') }}

),

months as (

    select * from {{ ref('int_pmr_rsvp__figures') }}
    where split = 'ALL' and not is_remainder

),

shown as (

    select * from {{ ref('int_pmr_disclosure__cells') }}
    where split = 'day'

),

remainders as (

    select * from {{ ref('int_pmr_disclosure__remainders') }}
    where family = 'rsvp' and split = 'day'

),

rectangle as (

    select
        month_rows.business_process,
        month_rows.srv,
        month_rows.segment,
        reporting_days.day,
        month_rows.is_applicable
    from month_rows
    cross join reporting_days
    where month_rows.srv = 'ALL' or month_rows.segment in ('SMETS2', 'SMETS1')

),

pooled as (

    select
        {{ cell | join(',\n        ') }},
        {{ day_sums() }}
    from day_cells
    group by
        {{ cell | join(',\n        ') }}

),

of_the_rectangle as (

    select
        rectangle.{{ cell | join(',\n        rectangle.') }},
        rectangle.is_applicable,
        not coalesce(requests.is_shown, true) as is_withheld,
        not coalesce(requests.is_shown, true) or not coalesce(measured.is_shown, true) as is_rtt_withheld,
        false as is_remainder,
        coalesce(pooled.request_count, 0) as request_count,
        coalesce(pooled.pending_count, 0) as pending_count,
        coalesce(pooled.failure_count, 0) as failure_count,
        coalesce(pooled.delivery_failure_count, 0) as delivery_failure_count,
        coalesce(pooled.measured_count, 0) as measured_count,
        pooled.rtt_sum_ms,
        pooled.rtt_max_ms,
        case when not months.is_rtt_withheld then months.rtt_sum_ms end as month_rtt_sum_ms,
        months.measured_count as month_measured_count
    from rectangle
    left join pooled
        on {{ is_same_in('rectangle', 'pooled', cell) }}
    left join months
        on
            rectangle.business_process = months.business_process
            and rectangle.srv = months.srv
            and rectangle.segment = months.segment
    {% for alias, family in {'requests': 'rsvp', 'measured': 'rsvp:rtt'}.items() -%}
    left join shown as {{ alias }}
        on
            {{ alias }}.family = '{{ family }}'
            and rectangle.business_process = {{ alias }}.business_process
            and rectangle.srv = {{ alias }}.item
            and rectangle.segment = {{ alias }}.segment
            and cast(rectangle.day as string) = {{ alias }}.split_value
    {% endfor %}

),

terms as (

    -- What is withheld of the days of a month is the month's less that of its shown days.
    select
        business_process,
        srv,
        segment,
        'day' as split,
        cast(day as string) as split_value,
        request_count,
        pending_count,
        failure_count,
        delivery_failure_count
    from pooled

    union all

    select
        business_process,
        srv,
        segment,
        split,
        'ALL' as split_value,
        request_count,
        pending_count,
        failure_count,
        delivery_failure_count
    from months

),

withheld_together as (

    select
        remainders.business_process,
        remainders.item as srv,
        remainders.segment,
        {{ cast_or_null('remainders.split_value', 'date') }} as day,
        {{ remainder_sums(['request_count', 'pending_count', 'failure_count', 'delivery_failure_count'], 'terms') }}
    from remainders
    inner join terms
        on
            remainders.business_process = terms.business_process
            and remainders.term_item = terms.srv
            and remainders.term_segment = terms.segment
            and remainders.term_split = terms.split
            and remainders.term_split_value = terms.split_value
    group by
        remainders.business_process,
        remainders.item,
        remainders.segment,
        remainders.split_value

),

final as (

    select * from of_the_rectangle

    union all

    select
        {{ cell | join(',\n        ') }},
        true as is_applicable,
        false as is_withheld,
        true as is_rtt_withheld,
        true as is_remainder,
        request_count,
        pending_count,
        failure_count,
        delivery_failure_count,
        cast(null as bigint) as measured_count,
        null as rtt_sum_ms,
        null as rtt_max_ms,
        null as month_rtt_sum_ms,
        cast(null as bigint) as month_measured_count
    from withheld_together

)

select * from final
