-- Grain: one row per cell that is the only part with rows of a total, and that total; or of one that is so itself.
with

lines as (

    select * from {{ ref('int_pmr_disclosure__lines') }}
    where is_sole_part

),

final as (

    select
        part_id as cell_id,
        total_id
    from lines

    union

    -- The region of an SRV is all of the region's, and that is all of SMETS2's.
    select
        lines.part_id as cell_id,
        totals.total_id
    from lines
    inner join lines as totals
        on lines.total_id = totals.part_id

)

select * from final
