-- One row, or none: the alert code with most suppressed alerts.
select name, alert_code as code, own_suppressed_volume as suppressed_volume
from code_figures
where alert_code <> 'ALL' and own_suppressed_volume > 0
order by own_suppressed_volume desc, alert_code
limit 1
