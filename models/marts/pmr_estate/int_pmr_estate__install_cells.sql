-- Grain: one row per cell of installs (family, item, segment, split, split_value) and corporate group, null for those
-- of none: how many there are of the group, and how many of these are counted with it.
with

installs as (

    select
        installs.*,
        case
            when measure in ('successful_installs', 'failed_installs') then 'ALL'
            else 'CHF'
        end as whole_item
    from {{ ref('int_pmr_estate__installs') }} as installs

),

by_day as (

    select
        measure,
        day,
        device_type,
        whole_item,
        segment,
        corporate_group,
        count(*) as row_count,
        count(*) filter (where is_first) as value
    from installs
    group by
        measure,
        day,
        device_type,
        whole_item,
        segment,
        corporate_group

),

by_segment as (

    select
        measure,
        day,
        whole_item as item,
        segment,
        corporate_group,
        row_count,
        value
    from by_day

    union all

    select
        measure,
        day,
        whole_item as item,
        'SMETS2' as segment,
        corporate_group,
        row_count,
        value
    from by_day

    union all

    -- Device Types are told in SMETS2 alone.
    select
        measure,
        day,
        device_type as item,
        'SMETS2' as segment,
        corporate_group,
        row_count,
        value
    from by_day
    where whole_item = 'ALL'

),

by_time as (

    -- A day of this month, or of the month before, from which installs are predicted.
    select
        case
            when day < {{ month_start() }} then measure || ':before'
            else measure
        end as family,
        item,
        segment,
        'day' as split,
        cast(day as string) as split_value,
        corporate_group,
        row_count,
        value
    from by_segment
    where day >= {{ month_start() }} or measure = 'successful_installs'

    union all

    -- The month adds up its days; what is open at its end is that of its last day.
    select
        case
            when measure = 'successful_installs' and day < {{ month_start() }} then measure || ':before'
            else measure
        end as family,
        item,
        segment,
        case
            when day >= {{ month_start() }} or measure = 'successful_installs' then 'ALL'
            else 'month'
        end as split,
        case
            when day >= {{ month_start() }} or measure = 'successful_installs' then 'ALL'
            else {{ month_of('day') }}
        end as split_value,
        corporate_group,
        row_count,
        value
    from by_segment
    where
        measure != 'open_8_14_2'
        or day < {{ month_start() }}
        or {{ add_days('day', 1) }} >= {{ period_end() }}

),

final as (

    select
        family,
        '{{ installs_process() }}' as business_process,
        item,
        segment,
        split,
        split_value,
        corporate_group,
        cast(sum(row_count) as bigint) as row_count,
        cast(sum(value) as bigint) as value
    from by_time
    group by
        family,
        item,
        segment,
        split,
        split_value,
        corporate_group

)

select * from final
