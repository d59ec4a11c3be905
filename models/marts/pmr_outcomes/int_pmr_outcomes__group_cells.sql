-- Grain: one row per cell with rows and corporate group (or none): the counts of the section.
with

counts as (

    {% for model in ['requests', 'series', 'distinct', 'images'] -%}
    {{ 'union all ' if not loop.first }}select
        family,
        segment,
        case when segment = 'SMETS1' then 'SMETS1' else 'SMETS2' end as wider_segment,
        device_type,
        corporate_group,
        {{ outcome_counts() | join(',\n        ') }}
    from {{ ref('int_pmr_outcomes__' ~ model) }}
    {% endfor %}

),

by_split as (

    select
        family,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        corporate_group,
        {{ outcome_counts() | join(',\n        ') }}
    from counts
    where segment != 'SMETS1'

    union all

    select
        family,
        wider_segment as segment,
        'ALL' as split,
        'ALL' as split_value,
        corporate_group,
        {{ outcome_counts() | join(',\n        ') }}
    from counts

    union all

    select
        family,
        wider_segment as segment,
        'device_type' as split,
        device_type as split_value,
        corporate_group,
        {{ outcome_counts() | join(',\n        ') }}
    from counts

),

summed as (

    select
        family,
        segment,
        split,
        split_value,
        corporate_group,
        {{ outcome_count_sums() }}
    from by_split
    group by
        family,
        segment,
        split,
        split_value,
        corporate_group

),

final as (

    select
        rectangle.family,
        rectangle.business_process,
        rectangle.item,
        rectangle.segment,
        rectangle.split,
        rectangle.split_value,
        rectangle.cell_family,
        summed.corporate_group,
        {{ outcome_counts() | join(',\n        ') }}
    from summed
    inner join {{ ref('int_pmr_outcomes__rectangle') }} as rectangle
        on
            summed.family = rectangle.family
            and summed.segment = rectangle.segment
            and summed.split = rectangle.split
            and summed.split_value = rectangle.split_value

)

select * from final
