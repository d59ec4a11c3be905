-- one row per Service Provider to whom Service Credits are due for the month, and how much
with

final as (
    select
        service_provider,
        count(*) as credit_count,
        sum(service_credit_gbp) as total
    from credit_rows
    group by service_provider
)

select
    service_provider,
    credit_count,
    written(total, 2) as total
from final
order by final.total desc, service_provider asc
