-- One row per business process and SRV: most excess failures first, then the largest.
select
    business_process as key,
    srv,
    name,
    own_volume,
    own_rate,
    industry_rate,
    industry_suppressed,
    before_rate,
    peers_lowest,
    peers_highest,
    place_in_league,
    is_below
from standing
where srv != 'ALL'
order by business_process asc, excess desc nulls last, own_volume desc, srv asc
