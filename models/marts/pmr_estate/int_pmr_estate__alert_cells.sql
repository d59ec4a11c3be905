-- Grain: one row per cell (of measure A1 by segment and Device Type, of alerts.csv by code) and corporate group of the
-- recipient: what became of the alerts of the period.
with

alert_counts as (

    select * from {{ ref('int_pmr_estate__alert_counts') }}

),

segments as (

    select * from {{ ref('segments') }}

),

{% set counts = ['volume'] + alert_counts() -%}

by_segment as (

    select
        segments.segment,
        alert_counts.device_type,
        alert_counts.corporate_group,
        {{ columns_for(counts, 'sum(alert_counts.$) as $') }}
    from alert_counts
    inner join segments
        on {{ is_in_segment('segments', 'alert_counts.segment') }}
    group by
        segments.segment,
        alert_counts.device_type,
        alert_counts.corporate_group

),

cells as (

    select
        'A1' as family,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        corporate_group,
        {{ counts | join(',\n        ') }}
    from by_segment

    union all

    select
        'A1' as family,
        segment,
        'device_type' as split,
        device_type as split_value,
        corporate_group,
        {{ counts | join(',\n        ') }}
    from by_segment
    where segment in ('SMETS2', 'SMETS1')

    union all

    select
        'alerts' as family,
        'ALL' as segment,
        'ALL' as split,
        'ALL' as split_value,
        corporate_group,
        {{ counts | join(',\n        ') }}
    from alert_counts

    union all

    select
        'alerts' as family,
        'ALL' as segment,
        'alert_code' as split,
        alert_code as split_value,
        corporate_group,
        {{ counts | join(',\n        ') }}
    from alert_counts

),

final as (

    select
        family,
        case family when 'A1' then '{{ alerts_process() }}' else '' end as business_process,
        segment,
        split,
        split_value,
        corporate_group,
        {{ columns_for(counts, 'cast(sum($) as bigint) as $') }}
    from cells
    group by
        family,
        segment,
        split,
        split_value,
        corporate_group

)

select * from final
