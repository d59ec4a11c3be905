-- Grain: one row per figure of the section in measures.csv (measure_id, process, SRV, segment, split, split_value).
with

shown_figures as (

    select * from {{ ref('int_pmr_estate__shown_figures') }}

),

alerts as (

    select
        business_process,
        segment,
        split,
        split_value,
        {{ alert_amounts(alert_counts()) }},
        is_withheld
    from shown_figures
    where family = 'A1'
    group by
        business_process,
        segment,
        split,
        split_value,
        is_withheld

),

alert_shares as (

    select
        'A1' as measure_id,
        business_process,
        segment,
        split,
        split_value,
        in_time as numerator,
        in_time + late + not_delivered as denominator,
        pending,
        is_withheld
    from alerts

    union all

    select
        'CPM3' as measure_id,
        cast(null as varchar) as business_process,
        segment,
        split,
        split_value,
        in_time as numerator,
        in_time + late + not_delivered as denominator,
        pending,
        is_withheld
    from alerts
    where segment = 'ALL'

),

alert_numbers as (

    {% for measure_id, count in alert_count_measures().items() -%}
    {{ 'union all\n\n    ' if not loop.first }}select
        '{{ measure_id }}' as measure_id,
        business_process,
        segment,
        split,
        split_value,
        {{ count }} as amount,
        pending,
        is_withheld
    from alerts
    where segment = 'ALL'

    {% endfor -%}
),

measures as (

    select
        measure_id,
        business_process,
        segment,
        split,
        split_value,
        numerator,
        denominator,
        pending,
        numerator as value_part,
        denominator as value_whole,
        is_withheld
    from alert_shares

    union all

    select
        measure_id,
        business_process,
        segment,
        split,
        split_value,
        amount as numerator,
        null as denominator,
        pending,
        amount as value_part,
        1 as value_whole,
        is_withheld
    from alert_numbers

),

final as (

    select
        measure_id,
        business_process,
        cast(null as varchar) as srv,
        segment,
        split,
        split_value,
        {{ measured_columns() }},
        is_withheld,
        cast(null as varchar) as state_reason
    from measures

)

select * from final
