-- One row per alert code of which fewer arrive in time than of all: the three with most late beyond that share.
-- What changed since the version before and findings take its room.
with

whole as (
    select own_within_target_rate as whole_rate
    from code_figures
    where alert_code = 'ALL'
)

select
    code_figures.name,
    code_figures.alert_code as code,
    code_figures.own_volume,
    code_figures.own_within_target_rate,
    code_figures.own_median_s,
    code_figures.own_p99_s,
    code_figures.industry_worst_s,
    code_figures.is_speed_withheld,
    'code:' || code_pages.key as page
from code_figures
cross join whole
left join code_pages on code_figures.alert_code = code_pages.key
where
    code_figures.alert_code <> 'ALL'
    and code_figures.own_volume >= 30
    and code_figures.own_within_target_rate < whole.whole_rate
    and (
        (select verdict.finding_count = 0 from verdict)
        or (select coalesce(recipient.version, 1) = 1 from release.recipient)
    )
order by
    code_figures.own_volume * (whole.whole_rate - code_figures.own_within_target_rate) desc,
    code_figures.alert_code
limit 3
