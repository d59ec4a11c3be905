-- one row: how many alert codes are withheld
with

final as (
    select count(*) as code_count
    from industry.alerts
    where volume is null
)

select code_count
from final
where code_count > 0
order by code_count
