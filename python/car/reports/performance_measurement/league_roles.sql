-- one row per User Role that has leagues in the file, those that are shown first
with

league_table as (
    from industry.league_table
),

roles as (
    from release.roles
),

leagues as (
    select
        role,
        business_process,
        srv,
        segment,
        count(rank) > 0 as is_shown
    from league_table
    group by role, business_process, srv, segment
),

counted as (
    select
        role,
        count(*) as league_count,
        count(*) filter (not is_shown) as withheld_count
    from leagues
    group by role
),

final as (
    select
        counted.role as key,
        counted.role,
        coalesce(roles.role_name, counted.role) as role_name,
        counted.withheld_count,
        counted.league_count,
        row_number() over (
            order by counted.withheld_count = counted.league_count asc, counted.role asc
        ) as page_number
    from counted
    left join roles on counted.role = roles.role
)

select
    key,
    page_number,
    role,
    role_name,
    withheld_count,
    league_count
from final
order by page_number
