-- One row per firmware version of a model that the filters leave: share of the model's Devices, beside the industry's.
with

month_before as (
    select
        device_type,
        device_manufacturer,
        device_model,
        firmware_version,
        own_share as before_rate
    from before.summary
)

select
    summary.firmware_version as firmware_version_as_is,
    summary.device_type || ', ' || summary.device_model || ' (' || summary.device_manufacturer || '): '
    || summary.firmware_version as name,
    summary.device_count,
    summary.own_share as own_rate,
    summary.industry_share as industry_rate,
    summary.industry_suppressed,
    month_before.before_rate,
    coalesce(summary.own_share < summary.industry_share, false) as is_below,
    count(*) over () as line_count
from summary
left join month_before using (device_type, device_manufacturer, device_model, firmware_version)
where summary.device_count > 0
order by summary.device_count desc, name asc
limit 30
