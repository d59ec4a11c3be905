-- The industry report: what became of the month's alerts, how long they took, and how long each stage took.
-- Grain: one row per alert code of which there were any, be they suppressed, and `ALL`; and the codes that are `Withheld`.
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
        {%- for count in ['volume'] + alert_counts() %}
        cast(max(amount) filter (where amount_name = '{{ count }}' and not is_withheld) as bigint) as {{ count }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from shown_figures
    where family = 'alerts'
    group by split_value

),

stages as (

    select
        split_value as alert_code,
        {%- for stage in alert_stages() %}
        {%- for amount in ['sum_ms', 'count'] %}
        max(amount) filter (where family = 'alerts:{{ stage }}' and amount_name = '{{ amount }}' and not is_withheld)
            as {{ stage }}_{{ amount }},
        {%- endfor %}
        {%- endfor %}
        count(*) as amount_count
    from shown_figures
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
        {%- for stage in alert_stages() %}
        {{ tenths_of_seconds('stages.' ~ stage ~ '_sum_ms', 'stages.' ~ stage ~ '_count') }} as {{ stage }}_mean_s
        {{- ',' if not loop.last }}
        {%- endfor %}
    from counts
    left join alert_codes
        on counts.alert_code = alert_codes.alert_code
    left join stages
        on counts.alert_code = stages.alert_code

)

select * from final
