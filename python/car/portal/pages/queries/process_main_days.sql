-- One row per day of the largest line of daily.csv that the filters leave.
with

main_line as (
    select name
    from process_day_cells
    group by name
    having sum(own_volume) > 0
    order by sum(own_volume) desc, max(width) desc, name asc
    limit 1
)

select
    process_day_cells.name,
    process_day_cells.day,
    process_day_cells.day_number,
    process_day_cells.is_weekend,
    process_day_cells.own_volume,
    process_day_cells.own_rate,
    process_day_cells.industry_rate,
    process_day_cells.is_withheld,
    process_day_cells.is_below
from process_day_cells
inner join main_line using (name)
order by process_day_cells.day
