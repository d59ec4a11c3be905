-- The industry report: what became of the month's alerts, how long they took, and how long each stage took.
-- Grain: one row per alert code of which there were any, be they suppressed, `ALL`, and `Withheld`.
with

shown_figures as (

    select * from {{ ref('int_pmr_estate__shown_figures') }}

),

alert_codes as (

    select * from {{ ref('dim_alert_codes') }}

),

counts as (

    select
        split_value as alert_code,
        {{ amounts_of(['volume'] + alert_counts()) }}
    from shown_figures
    where family = 'alerts'
    group by split_value

),

stages as (

    select
        split_value as alert_code,
        {{ columns_for(alert_stages(), stage_amount('sum_ms')) }},
        {{ columns_for(alert_stages(), stage_amount('count')) }}
    from shown_figures
    where family like 'alerts:%'
    group by split_value

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        counts.alert_code,
        alert_codes.alert_name,
        counts.volume,
        counts.in_time,
        counts.late,
        counts.not_delivered,
        counts.pending,
        counts.suppressed,
        {{ share('counts.in_time', '(counts.in_time + counts.late + counts.not_delivered)', 6) }} as share,
        counts.within_60_s,
        counts.within_5_min,
        counts.within_1_h,
        counts.longer,
        counts.not_delivered as never,
        {{ columns_for(alert_stages(), tenths_of_seconds('stages.$_sum_ms', 'stages.$_count') ~ ' as $_mean_s') }}
    from counts
    left join alert_codes
        on counts.alert_code = alert_codes.alert_code
    left join stages
        on counts.alert_code = stages.alert_code

)

select * from final
