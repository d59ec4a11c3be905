-- One row per day and alert code that has a page and 30 alerts: of fewer a day tells nothing.
select
    day_figures.key,
    day_figures.day,
    day_figures.day_number,
    day_figures.is_weekend,
    day_figures.own_volume,
    day_figures.own_rate,
    day_figures.industry_rate,
    day_figures.is_withheld,
    day_figures.is_below
from day_figures
inner join code_pages using (key)
where code_pages.volume >= 30
order by day_figures.key, day_figures.day
