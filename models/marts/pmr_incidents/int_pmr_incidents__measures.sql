-- Grain: one row per figure of incidents, segment and value of its split.
with

incidents as (

    select * from {{ ref('fct_incidents') }}

),

cells as (

    select *
    from {{ ref('int_pmr_incidents__cells') }}
    where resolver_group = 'ALL'

),

install_incidents as (

    select * from {{ ref('int_pmr_incidents__install_incidents') }}

),

responsible as (

    -- The gravest and the others each by category and together.
    select
        cells.*,
        case when category in ('major', 'minor') then 'ALL' else 'category' end as split,
        case when category in ('major', 'minor') then 'ALL' else category end as split_value
    from cells
    where
        is_dcc_responsible
        and category != 'ALL'

),

of_the_year as (

    -- Those of the first category in the Regulatory Year, and of the second in the month.
    {% for category, start in [(1, regulatory_year_start()), (2, month_start())] -%}
    {{ 'union all\n\n    ' if not loop.first }}select
        {{ category }} as category,
        count(*) as raised_count,
        coalesce(sum(whole_outage_us), 0) as whole_outage_us
    from incidents
    where
        category = {{ category }}
        and raised_at >= {{ start }}
        and raised_at < {{ period_end() }}

    {% endfor %}

),

three_months as (

    {% for month in months_up_to(3) -%}
    {{ 'union all\n\n    ' if not loop.first }}select
        '{{ month.month }}' as reported_month,
        segment,
        case when raised_at >= {{ month.start }} and raised_at < {{ month.end }} then 1 else 0 end as raised,
        case when closed_at >= {{ month.start }} and closed_at < {{ month.end }} then 1 else 0 end as closed,
        case
            when raised_at < {{ month.end }} and coalesce(closed_at >= {{ month.end }}, true) then 1 else 0
        end as open,
        case when closed_at >= {{ month.start }} and closed_at < {{ month.end }} then closing_us end as closing_us
    from install_incidents

    {% endfor %}
),

of_installs as (

    select
        reported_month,
        segment,
        sum(raised) as raised_count,
        sum(closed) as closed_count,
        sum(open) as open_count,
        count(closing_us) as measured_count,
        coalesce(sum(closing_us), 0) as closing_us
    from three_months
    group by
        reported_month,
        segment

),

figures as (

    select
        case when is_major then 'CPM4' else 'CPM5' end as measure_id,
        smets_version as segment,
        split,
        split_value,
        resolved_in_time_count as numerator,
        closed_count as denominator,
        resolved_in_time_count as value_part,
        closed_count as value_whole
    from responsible

    {% for figure, count in [
        ('raised', 'raised_count'),
        ('closed', 'closed_count'),
        ('open', 'open_count'),
        ('open_over_90_days', 'open_long_count'),
    ] -%}
    union all

    select
        'CPM5.1:{{ figure }}' as measure_id,
        smets_version as segment,
        split,
        split_value,
        {{ count }} as numerator,
        null as denominator,
        {{ count }} as value_part,
        1 as value_whole
    from responsible
    where not is_major

    {% endfor -%}
    union all

    select
        'CPM5.1:initial_in_time' as measure_id,
        smets_version as segment,
        split,
        split_value,
        assigned_in_time_count as numerator,
        closed_count as denominator,
        assigned_in_time_count as value_part,
        closed_count as value_whole
    from responsible
    where not is_major

    {% for figure, part, whole in [
        ('mean_hours', 'resolution_us', 'measured_count'),
        ('median_hours', 'doubled_median_us', 'least(measured_count, 1) * 2'),
        ('max_hours', 'longest_us', 'least(measured_count, 1)'),
    ] -%}
    union all

    select
        'CPM5.1:{{ figure }}' as measure_id,
        smets_version as segment,
        split,
        split_value,
        null as numerator,
        measured_count as denominator,
        {{ part }} as value_part,
        {{ whole }} * {{ us_per_hour() }} as value_whole
    from responsible
    where not is_major

    {% endfor -%}
    union all

    select
        'MI' || cast(category as string) as measure_id,
        'ALL' as segment,
        'ALL' as split,
        'ALL' as split_value,
        raised_count as numerator,
        null as denominator,
        raised_count as value_part,
        1 as value_whole
    from of_the_year

    union all

    select
        'MI' || cast(category as string) || ':outage_hours' as measure_id,
        'ALL' as segment,
        'ALL' as split,
        'ALL' as split_value,
        null as numerator,
        null as denominator,
        whole_outage_us as value_part,
        {{ us_per_hour() }} as value_whole
    from of_the_year

    {% for figure, count in [('raised', 'raised_count'), ('closed', 'closed_count'), ('open', 'open_count')] -%}
    union all

    select
        'IC1.4:{{ figure }}' as measure_id,
        segment,
        'month' as split,
        reported_month as split_value,
        {{ count }} as numerator,
        null as denominator,
        {{ count }} as value_part,
        1 as value_whole
    from of_installs

    {% endfor -%}
    union all

    select
        'IC1.4:mean_hours' as measure_id,
        segment,
        'month' as split,
        reported_month as split_value,
        null as numerator,
        measured_count as denominator,
        closing_us as value_part,
        measured_count * {{ us_per_hour() }} as value_whole
    from of_installs

),

final as (

    select
        measure_id,
        case when measure_id like 'IC1.4%' then 'Install and Commission' end as business_process,
        cast(null as string) as srv,
        segment,
        split,
        split_value,
        cast(numerator as decimal(38, 10)) as numerator,
        cast(denominator as decimal(38, 10)) as denominator,
        cast(null as bigint) as pending,
        cast(value_part as decimal(38, 0)) as value_part,
        cast(value_whole as decimal(38, 0)) as value_whole,
        false as is_withheld,
        cast(null as string) as state_reason
    from figures

)

select * from final
