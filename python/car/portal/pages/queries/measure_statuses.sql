-- One row per status of the rows of measures.csv with a target that the filters leave.
select
    status as status_as_is,
    status as name,
    count(*) as row_count
from measures
where status is not null
group by status
order by row_count desc, status asc
