-- One row per business process: most excess failures first, then the largest.
with

whole as (
    select
        business_process,
        own_volume,
        own_rate,
        industry_rate,
        industry_suppressed,
        before_rate,
        peers_lowest,
        peers_highest,
        place_in_league,
        is_below,
        excess
    from standing
    where srv = 'ALL'
),

pages as (
    select key
    from subject_pages
)

select
    whole.business_process as name,
    whole.own_volume,
    whole.own_rate,
    whole.industry_rate,
    whole.industry_suppressed,
    whole.before_rate,
    whole.peers_lowest,
    whole.peers_highest,
    whole.place_in_league,
    whole.is_below,
    case when pages.key is not null then 'process:' || pages.key end as page
from whole
left join pages on whole.business_process = pages.key
order by whole.excess desc nulls last, whole.own_volume desc, whole.business_process asc
