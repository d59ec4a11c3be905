-- one row per measure whose target no source confirms
with

definitions as (
    from industry.definitions
),

final as (
    select
        measure_id,
        case when contains(source, 'illustrative') then 'illustrative' else 'unconfirmed' end as standing
    from definitions
    where target is not null and (contains(source, 'illustrative') or contains(source, 'unconfirmed'))
)

select
    measure_id,
    standing
from final
order by standing, measure_id
