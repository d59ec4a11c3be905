-- One row per business process, region and day, where days can be compared: all regions together and the five largest.
with

cells as (
    select
        key,
        region,
        day,
        own_volume,
        own_rate,
        industry_rate,
        is_withheld,
        is_below,
        is_above,
        deviation
    from day_cells
),

worth_it as (
    select
        key,
        region,
        sum(own_volume) as volume
    from cells
    group by key, region
    having sum(own_volume) >= 30 and count(deviation) > 0
),

processes as (
    select key
    from worth_it
    where region = 'All regions'
),

placed as (
    select
        worth_it.key,
        worth_it.region,
        row_number() over (
            partition by worth_it.key
            order by worth_it.region != 'All regions', worth_it.volume desc, worth_it.region asc
        ) as line
    from worth_it
    inner join processes using (key)
    qualify line <= 6
)

select
    cells.key,
    cells.region,
    placed.line,
    cells.day,
    cells.own_volume,
    cells.own_rate,
    cells.industry_rate,
    cells.is_withheld,
    cells.is_below,
    cells.is_above,
    cells.deviation
from cells
inner join placed using (key, region)
order by cells.key, placed.line, cells.day
