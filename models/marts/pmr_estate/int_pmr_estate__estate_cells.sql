-- Grain: one row per cell of the measures of the estate (family, segment, split, split_value) and corporate group, null
-- for those of none: how many rows it has, and what they are.
with

estate_counts as (

    select * from {{ ref('int_pmr_estate__estate_counts') }}

),

segments as (

    select * from {{ ref('segments') }}

),

by_segment as (

    -- Firmware is told of all together, the rest never.
    select
        estate_counts.family,
        segments.segment,
        estate_counts.device_type,
        estate_counts.corporate_group,
        estate_counts.row_count,
        {{ columns_for(estate_counts(), 'estate_counts.$') }}
    from estate_counts
    inner join segments
        on {{ is_in_segment('segments', 'estate_counts.segment') }}
    where (estate_counts.family = 'EH2') = (segments.segment = 'ALL')

),

cells as (

    select
        family,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        corporate_group,
        row_count,
        {{ estate_counts() | join(',\n        ') }}
    from by_segment

    union all

    select
        family,
        segment,
        'device_type' as split,
        device_type as split_value,
        corporate_group,
        row_count,
        {{ estate_counts() | join(',\n        ') }}
    from by_segment
    where segment in ('ALL', 'SMETS2', 'SMETS1')

),

final as (

    select
        family,
        '' as business_process,
        'ALL' as item,
        segment,
        split,
        split_value,
        corporate_group,
        cast(sum(row_count) as bigint) as row_count,
        {{ columns_for(estate_counts(), 'cast(sum($) as bigint) as $') }}
    from cells
    group by
        family,
        segment,
        split,
        split_value,
        corporate_group

)

select * from final
