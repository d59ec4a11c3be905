-- one row: all Service Credits of the month together, where there are any
with

final as (
    select sum(service_credit_gbp) as total
    from credit_rows
)

select written(total, 2) as total
from final
where total is not null
order by total
