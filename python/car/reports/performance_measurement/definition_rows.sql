-- one row per measure and indicator
with

definitions as (
    from industry.definitions
),

final as (
    select
        measure_id,
        kind,
        name,
        concat_ws(
            '. ',
            coalesce(definition, '') || case
                when unit is null then '' else case when definition is null then '' else ', ' end || 'in ' || unit
            end,
            case when direction = 'lower' then 'Lower is better' end
        ) as definition,
        written(target * case unit when 'share' then 100 else 1 end, 0) as target,
        written(minimum * case unit when 'share' then 100 else 1 end, 0) as minimum,
        source
    from definitions
)

select
    measure_id,
    kind,
    name,
    definition,
    coalesce(target, '') as target,
    coalesce(minimum, '') as minimum,
    coalesce(source, '') as said_in
from final
order by measure_id
