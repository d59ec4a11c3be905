-- Grain: one row per measure, subject (or none) and line of the measure that they name.
with

measure_rows as (

    select * from {{ ref('int_pmr_summary__rows') }}

),

lines as (

    select distinct
        measure_id,
        measure_line,
        business_process,
        srv,
        split,
        split_value,
        is_whole
    from measure_rows
    where not is_remainder

),

-- Without a subject the line of all, at SRV `ALL` or at the only one; with one, its process, its SRV, or the value of
-- its split.
named as (

    select
        measure_id,
        cast(null as string) as subject,
        measure_line
    from lines
    where is_whole and split = 'ALL'

    union all

    select
        measure_id,
        business_process as subject,
        measure_line
    from lines
    where is_whole and split = 'ALL' and business_process is not null

    union all

    select
        measure_id,
        srv as subject,
        measure_line
    from lines
    where split = 'ALL' and srv != 'ALL'

    union all

    select
        measure_id,
        split_value as subject,
        measure_line
    from lines
    where is_whole and split != 'ALL'

),

final as (

    select distinct
        measure_id,
        subject,
        measure_line
    from named

)

select * from final
