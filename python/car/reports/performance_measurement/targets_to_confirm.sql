-- one row per measure with a target that its source gives as an example, or has not confirmed
with

definitions as (
    from industry.definitions
),

measures as (
    select
        measure_id,
        min(section) as section,
        bool_or(is_missed) as is_missed
    from measure_rows
    group by measure_id
),

final as (
    select
        definitions.measure_id,
        measures.section,
        measures.is_missed,
        contains(definitions.source, 'illustrative') as is_illustrative
    from definitions
    inner join measures on definitions.measure_id = measures.measure_id
    where
        definitions.target is not null
        and (contains(definitions.source, 'illustrative') or contains(definitions.source, 'unconfirmed'))
)

select
    measure_id,
    section,
    is_missed,
    is_illustrative
from final
order by measure_id
