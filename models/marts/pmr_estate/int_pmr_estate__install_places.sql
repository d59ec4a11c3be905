-- Grain: one row per cell of installs that has its place in a file whether there were any or not (family, item,
-- segment, split, split_value).
with

segments as (

    -- SMETS1 does not apply.
    select segment
    from {{ ref('segments') }}
    where segment not in ('ALL', 'SMETS1')

),

device_types as (

    select device_type
    from {{ ref('device_types') }}
    where device_type in ('CHF', 'ESME', 'GSME')

),

times as (

    select
        day,
        false as is_before
    from {{ ref('dim_reporting_days') }}

    union all

    select
        day,
        true as is_before
    from ({{ days_of_month_before(1) }}) as days_before

),

splits as (

    select
        'ALL' as split,
        'ALL' as split_value,
        false as is_before

    union all

    select
        'ALL' as split,
        'ALL' as split_value,
        true as is_before

    union all

    select
        'day' as split,
        cast(day as string) as split_value,
        is_before
    from times

),

months as (

    select {{ month_of(month_start_before(1)) }} as month_name

    union all

    select {{ month_of(month_start_before(2)) }} as month_name

),

families as (

    {% for measure in install_measures() -%}
    select
        '{{ measure }}' as family,
        'ALL' as whole_item,
        false as is_before

    union all

    {% endfor -%}
    select
        'successful_installs:before' as family,
        'ALL' as whole_item,
        true as is_before

    {% for measure in hub_measures() -%}
    union all

    select
        '{{ measure }}' as family,
        'CHF' as whole_item,
        false as is_before

    {% endfor %}
),

final as (

    select
        families.family,
        '{{ installs_process() }}' as business_process,
        families.whole_item as item,
        segments.segment,
        splits.split,
        splits.split_value
    from families
    inner join splits
        on families.is_before = splits.is_before
    cross join segments

    union all

    select
        families.family,
        '{{ installs_process() }}' as business_process,
        device_types.device_type as item,
        'SMETS2' as segment,
        splits.split,
        splits.split_value
    from families
    inner join splits
        on families.is_before = splits.is_before
    cross join device_types
    where families.whole_item = 'ALL'

    union all

    select
        families.family,
        '{{ installs_process() }}' as business_process,
        families.whole_item as item,
        segments.segment,
        'month' as split,
        months.month_name as split_value
    from families
    cross join months
    cross join segments
    where families.whole_item = 'CHF'

)

select * from final
