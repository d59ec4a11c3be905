-- One row per business process that stands in subjects.csv and has no page.
select
    position,
    business_process
from subjects
where not has_page
order by position
