-- Grain: one row per cell of the section, with rows or without, and per row `Withheld`: its counts, and whether they
-- are shown.
with

rectangle as (

    select * from {{ ref('int_pmr_outcomes__rectangle') }}

),

group_cells as (

    select * from {{ ref('int_pmr_outcomes__group_cells') }}

),

disclosed as (

    select * from {{ ref('int_pmr_disclosure__cells') }}

),

remainders as (

    select * from {{ ref('int_pmr_disclosure__remainders') }}

),

summed as (

    select
        family,
        segment,
        split,
        split_value,
        {{ outcome_count_sums() }}
    from group_cells
    group by
        family,
        segment,
        split,
        split_value

),

cells as (

    select
        rectangle.family,
        rectangle.business_process,
        rectangle.item,
        rectangle.segment,
        rectangle.split,
        rectangle.split_value,
        rectangle.is_applicable,
        rectangle.is_loaded,
        rectangle.cell_family,
        rectangle.cell_family = '' or disclosed.is_shown as is_shown,
        {{ each_outcome_count('coalesce(summed.{count}, 0)') }}
    from rectangle
    left join summed
        on
            rectangle.family = summed.family
            and rectangle.segment = summed.segment
            and rectangle.split = summed.split
            and rectangle.split_value = summed.split_value
    left join disclosed
        on
            rectangle.cell_family = disclosed.family
            and {{ is_same_in('rectangle', 'disclosed', pmr_cell_key()[1:]) }}

),

rests as (

    -- The withheld parts of a whole together: the whole less what is shown of it.
    select
        cells.family,
        remainders.business_process,
        remainders.item,
        remainders.segment,
        remainders.split,
        remainders.split_value,
        {{ each_outcome_count('cast(sum(remainders.term_sign * cells.{count}) as bigint)') }}
    from remainders
    inner join cells
        on
            remainders.family = cells.cell_family
            and remainders.business_process = cells.business_process
            and remainders.term_item = cells.item
            and remainders.term_segment = cells.segment
            and remainders.term_split = cells.split
            and remainders.term_split_value = cells.split_value
    where remainders.split in ('ALL', 'device_type')
    group by
        cells.family,
        remainders.business_process,
        remainders.item,
        remainders.segment,
        remainders.split,
        remainders.split_value

),

final as (

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        false as is_remainder,
        is_applicable,
        is_loaded,
        coalesce(is_shown, false) as is_shown,
        {{ outcome_counts() | join(',\n        ') }}
    from cells

    union all

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        true as is_remainder,
        true as is_applicable,
        true as is_loaded,
        true as is_shown,
        {{ outcome_counts() | join(',\n        ') }}
    from rests

)

select * from final
