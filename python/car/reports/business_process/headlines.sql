-- One row per headline figure: the five largest business processes, the largest first.
select
    business_process as name,
    own_volume,
    own_rate,
    industry_rate,
    industry_suppressed,
    before_rate,
    place_in_league
from standing
where srv = 'ALL'
order by own_volume desc, business_process asc
limit 5
