-- one row: how many Category 1 and 2 Incidents were raised in the month, and how many were open at its end
with

final as (
    select
        count(*) filter (category = 1 and is_raised) as category_1,
        count(*) filter (category = 2 and is_raised) as category_2,
        count(*) filter (is_open) as open_count
    from incident_rows
)

select
    category_1,
    category_2,
    open_count
from final
order by category_1
