-- one row per measure with a target that its source gives as an example, or has not confirmed
with

definitions as (
    from industry.definitions
),

final as (
    select
        measure_id,
        contains(source, 'illustrative') as is_illustrative
    from definitions
    where target is not null and (contains(source, 'illustrative') or contains(source, 'unconfirmed'))
)

select
    measure_id,
    is_illustrative
from final
order by measure_id
