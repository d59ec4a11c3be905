-- One row per league of a User Role and business process that the filters leave: the rates, without names.
with

shown as (
    select *
    from league_table
    where rank is not null
    qualify
        (srv = 'ALL' or count(*) filter (where srv = 'ALL') over () = 0)
        and (segment = 'ALL' or count(*) filter (where segment = 'ALL') over () = 0)
)

select
    business_process as business_process_as_is,
    role || ', ' || business_process || case srv when 'ALL' then '' else ', ' || srv end
    || case segment when 'ALL' then '' else ', ' || segment end as name,
    list(cast(success_rate as double) order by success_rate) as rates,
    count(*) as party_count,
    max(success_rate) as best,
    min(success_rate) as worst,
    count(*) over () as line_count
from shown
group by role, business_process, srv, segment
order by max(success_rate) - min(success_rate) desc, name asc
limit 40
