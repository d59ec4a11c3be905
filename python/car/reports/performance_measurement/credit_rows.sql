-- one row per measure for which a Service Credit is due, the largest first
with

final as (
    from provider_rows
    where service_credit_gbp > 0
)

select
    measure_id,
    measure_name,
    service_provider,
    segment_name,
    value,
    service_credit,
    service_credit_gbp
from final
order by service_credit_gbp desc, service_provider asc, measure_id asc, segment_name asc
