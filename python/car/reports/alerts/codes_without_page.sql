-- One row per alert code that stands in subjects.csv and has no page.
select
    position,
    alert_code
from subjects
where not has_page
order by position
