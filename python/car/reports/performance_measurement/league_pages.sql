-- one row per User Role with a league that is shown; a page each
with

final as (
    from league_roles
    where withheld_count < league_count
)

select
    key,
    page_number,
    role,
    role_name
from final
order by page_number
