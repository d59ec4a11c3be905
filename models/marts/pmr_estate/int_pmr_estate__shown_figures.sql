-- Grain: one row per cell of the section (family, process, item, segment, split, split_value) and amount, those of rows
-- `Withheld` too: what is shown of it.
with

figures as (

    select * from {{ ref('int_pmr_estate__figures') }}

),

cells as (

    select * from {{ ref('int_pmr_disclosure__cells') }}

),

remainders as (

    select * from {{ ref('int_pmr_disclosure__remainders') }}

),

{% set key = pmr_cell_key() -%}

shown as (

    -- What is no cell is shown whole.
    select
        {{ columns_for(key, 'figures.$') }},
        figures.amount_name,
        case when coalesce(cells.is_shown, true) then figures.amount end as amount,
        not coalesce(cells.is_shown, true) as is_withheld,
        false as is_remainder
    from figures
    left join cells
        on {{ is_same_in('figures', 'cells', key) }}

),

withheld_together as (

    select
        {{ columns_for(key, 'remainders.$') }},
        figures.amount_name,
        cast(sum(remainders.term_sign * figures.amount) as {{ wide_integer() }}) as amount,
        false as is_withheld,
        true as is_remainder
    from remainders
    inner join figures
        on
            remainders.family = figures.family
            and remainders.business_process = figures.business_process
            and remainders.term_item = figures.item
            and remainders.term_segment = figures.segment
            and remainders.term_split = figures.split
            and remainders.term_split_value = figures.split_value
    group by
        {{ columns_for(key, 'remainders.$') }},
        figures.amount_name

),

final as (

    select * from shown

    union all

    select * from withheld_together

)

select * from final
