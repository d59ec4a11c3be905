-- Grain: one row per figure of the section in measures.csv (measure_id, process, SRV, segment, split, split_value).
with

shown_figures as (

    select * from {{ ref('int_pmr_estate__shown_figures') }}

),

requests as (

    select * from {{ ref('fct_service_requests_coded') }}

),

predicted_installs as (

    select * from {{ ref('int_pmr_estate__predicted_installs') }}

),

alerts as (

    select
        business_process,
        segment,
        split,
        split_value,
        {{ amounts_of(alert_counts()) }},
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
        cast(null as string) as business_process,
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

installs as (

    -- Of a month by Device Type, and of hubs by month.
    select
        'IC1.1:' || family as measure_id,
        business_process,
        segment,
        case when item = 'ALL' then 'ALL' else 'device_type' end as split,
        item as split_value,
        amount,
        is_withheld
    from shown_figures
    where
        family in ({{ listed(install_measures()) }})
        and split = 'ALL'

    union all

    select
        'IC1.3:' || family as measure_id,
        business_process,
        segment,
        'month' as split,
        case when split = 'ALL' then '{{ var("reporting_month") }}' else split_value end as split_value,
        amount,
        is_withheld
    from shown_figures
    where
        family in ({{ listed(hub_measures()) }})
        and split in ('ALL', 'month')

),

predictions as (

    select
        segment,
        sum(predicted) as predicted,
        bool_or(is_withheld) as is_withheld
    from predicted_installs
    where device_type = 'ALL'
    group by segment

),

predicted_months as (

    -- Shown where the month is, and each day that it is predicted from.
    select
        installs.business_process,
        installs.segment,
        installs.amount,
        predictions.predicted,
        installs.is_withheld or predictions.is_withheld as is_withheld
    from installs
    inner join predictions
        on installs.segment = predictions.segment
    where installs.measure_id = 'IC1.1:successful_installs' and installs.split = 'ALL'

),

estate as (

    select
        family,
        segment,
        split,
        split_value,
        {{ amounts_of(['row_count'] + estate_counts()) }},
        is_withheld
    from shown_figures
    where family like 'EH%'
    group by
        family,
        segment,
        split,
        split_value,
        is_withheld

),

estate_measures as (

    {% for measure in estate_measures() -%}
    {{ 'union all\n\n    ' if not loop.first }}select
        '{{ measure.id }}' as measure_id,
        segment,
        split,
        split_value,
        {{ measure.part }} as numerator,
        {{ measure.whole }} as denominator,
        is_withheld
    from estate
    where family = '{{ measure.family }}'

    {% endfor -%}
),

history as (

    select {{ is_history_long_enough('requests') }} as is_long_enough
    from requests

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
        'IC1.2' as measure_id,
        business_process,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        amount as numerator,
        predicted as denominator,
        null as pending,
        amount as value_part,
        predicted as value_whole,
        is_withheld
    from predicted_months

    union all

    select
        'IC2' as measure_id,
        business_process,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        amount - predicted as numerator,
        null as denominator,
        null as pending,
        amount - predicted as value_part,
        1 as value_whole,
        is_withheld
    from predicted_months

    union all

    select
        measure_id,
        business_process,
        segment,
        split,
        split_value,
        amount as numerator,
        null as denominator,
        null as pending,
        amount as value_part,
        1 as value_whole,
        is_withheld
    from installs

    union all

    select
        measure_id,
        null as business_process,
        segment,
        split,
        split_value,
        numerator,
        denominator,
        null as pending,
        numerator as value_part,
        coalesce(denominator, 1) as value_whole,
        is_withheld
    from estate_measures

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
        measures.measure_id,
        measures.business_process,
        cast(null as string) as srv,
        measures.segment,
        measures.split,
        measures.split_value,
        {{ measured_columns() }},
        measures.is_withheld,
        cast(
            case
                when measures.measure_id = 'EH1:long_term' and not history.is_long_enough
                    then 'less than {{ var("long_term_days") }} days of data'
            end as string
        ) as state_reason
    from measures
    cross join history

)

select * from final
