-- One row per alert code with undelivered alerts.
select
    file_name as alert_code,
    cast(sum(alert_count) as bigint) as undelivered_count
from alert
where outcome = 'Failed'
group by file_name
order by file_name
