-- One row per day and alert code with a page, 30 alerts, and a day with an undelivered one or a figure of the industry.
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
qualify
    bool_or(coalesce(day_figures.own_rate < 1, false) or day_figures.industry_rate is not null)
        over (partition by day_figures.key)
order by day_figures.key, day_figures.day
