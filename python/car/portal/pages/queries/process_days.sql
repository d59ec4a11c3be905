-- One row per line of daily.csv, of the eight largest that can be compared with the industry, and day.
with

worth_it as (
    select
        name,
        row_number() over (order by sum(own_volume) desc, max(width) desc, name asc) as line,
        count(*) over () as line_count
    from process_day_cells
    group by name
    having count(deviation) > 0
    qualify line <= 8
)

select
    process_day_cells.name,
    process_day_cells.name as region,
    process_day_cells.business_process_as_is,
    worth_it.line,
    worth_it.line_count,
    process_day_cells.day,
    process_day_cells.own_rate,
    process_day_cells.industry_rate,
    process_day_cells.is_withheld,
    process_day_cells.is_below,
    process_day_cells.is_above,
    process_day_cells.deviation
from process_day_cells
inner join worth_it using (name)
order by worth_it.line, process_day_cells.day
