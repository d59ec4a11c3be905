-- One row per measure with a target that the filters leave: value, target and value before, of the widest segment told.
with

with_target as (
    select
        *,
        case segment
            when 'ALL' then 0
            when 'SMETS2' then 1
            when 'SMETS1' then 1
            else 2
        end as width_place
    from measures
    where
        target is not null
        and unit = 'share'
        and split != 'device_type'
        and state in ('Reported', 'No Events', 'Withheld')
),

widest as (
    select *
    from with_target
    qualify
        width_place = min(width_place) over (partition by measure_id, business_process, srv, split, split_value)
)

select
    widest.measure_id as measure_id_as_is,
    widest.measure_id
    || case
        when widest.split = 'ALL' then ''
        when widest.split = 'category' then ', category ' || widest.split_value
        else ', ' || widest.split_value
    end
    || case widest.segment when 'ALL' then '' else ', ' || widest.segment end
    || ': ' || coalesce(definitions.name, '') as name,
    widest.value as own_rate,
    widest.target as target_rate,
    widest.minimum as minimum_rate,
    widest.previous_value as before_rate,
    widest.numerator,
    widest.denominator,
    coalesce(widest.status, widest.state) as status,
    widest.state = 'Withheld' as is_withheld,
    coalesce(widest.status like 'Below%', false) as is_missed,
    widest.status is not null as is_judged,
    -- Those far from all would make the others stand on each other.
    case
        when least(widest.value, widest.target, widest.previous_value) >= 0.9 then 'near all'
        else 'further off'
    end as part,
    count(*) over () as line_count
from widest
left join definitions using (measure_id)
order by widest.measure_id, widest.split, widest.split_value, widest.width_place, widest.segment
limit 40
