-- one row per business process of Table 4, in its order; a page of section 4 each
with

final as (
    from processes
    where position <= 10
)

select
    key,
    position,
    business_process
from final
order by position
