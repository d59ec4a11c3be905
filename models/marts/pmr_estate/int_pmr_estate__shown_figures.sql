-- Grain: one row per cell of the section (family, process, item, segment, split, split_value) and amount, those of rows
-- `Withheld` too: what is shown of it.
with

figures as (

    select * from {{ ref('int_pmr_estate__figures') }}

),

final as (

    select
        {{ pmr_cell_key() | join(',\n        ') }},
        amount_name,
        amount,
        false as is_withheld,
        false as is_remainder
    from figures

)

select * from final
