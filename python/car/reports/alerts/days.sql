-- One row per day and alert code with a page: of 30 alerts or more, and where a day has an undelivered one or can be compared.
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
qualify bool_or(coalesce(day_figures.own_rate < 1, false) or day_figures.industry_rate is not null) over (partition by day_figures.key)
order by day_figures.key, day_figures.day
