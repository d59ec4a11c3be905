-- Grain: one row per measure of the estate that moved most from the month before: three that got worse, two others.
with

compared as (

    select
        *,
        worse_than_before > 0 as is_worse
    from moves
    -- What reads the same has not moved.
    where round(own_rate, 3) <> round(before_rate, 3)

),

ranked as (

    select
        *,
        row_number() over (
            partition by is_worse
            order by
                of_count * abs(own_rate - before_rate) desc,
                place asc
        ) as place_of_side
    from compared

),

final as (

    select
        name,
        before_count,
        before_rate,
        device_count,
        of_count,
        own_rate,
        industry_rate,
        industry_suppressed,
        case when own_rate < before_rate then 'lower' else 'higher' end
        || case when is_worse then ', worse' when better_when is null then '' else ', better' end as moved,
        is_worse,
        place_of_side
    from ranked
    where place_of_side <= case when is_worse then 3 else 2 end

)

select * from final
order by
    is_worse desc,
    place_of_side asc
