-- One row per business process (and variant): how available all that it needs was, of all regions together.
with

shown as (
    select *
    from process_availability
    qualify segment = 'ALL' or count(*) filter (where segment = 'ALL') over () = 0
)

select
    business_process as business_process_as_is,
    business_process || coalesce(' (' || variant || ')', '') || case segment when 'ALL' then '' else ', ' || segment end
        as name,
    level as own_rate,
    previous_level as before_rate,
    cast(null as decimal(18, 6)) as target_rate,
    false as is_withheld,
    coalesce(status, state) as status,
    coalesce(status = 'Degraded', false) as is_degraded
from shown
order by business_process, variant, segment
limit 40
