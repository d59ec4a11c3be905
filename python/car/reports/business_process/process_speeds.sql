-- One row per business process with 30 measured requests or more: those slowest beside the industry first.
select
    business_process as name,
    own_measured,
    own_median_s,
    own_p99_s,
    own_within_target_rate,
    industry_median_s,
    industry_worst_s,
    industry_suppressed,
    target_s,
    coalesce(own_median_s > industry_median_s, false) as is_slower
from speed_lines
where srv = 'ALL'
order by own_median_s / industry_median_s desc nulls last, own_measured desc, business_process asc
