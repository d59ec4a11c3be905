-- one row per power outage or restoration alert with times of its stages
with

final as (
    from industry.alerts
    where
        alert_code in ('AD1', '8F35', '8F36', '8F37', '8F38', '8F39', '8F3A', '8F3B', '8F3C')
        and (
            event_to_csp_mean_s is not null
            or csp_to_dsp_mean_s is not null
            or dsp_to_sent_mean_s is not null
            or sent_to_acknowledged_mean_s is not null
        )
)

select
    alert_code as code,
    coalesce(alert_name, '') as alert_name,
    volume,
    event_to_csp_mean_s,
    csp_to_dsp_mean_s,
    dsp_to_sent_mean_s,
    sent_to_acknowledged_mean_s
from final
order by alert_code != 'AD1', alert_code
