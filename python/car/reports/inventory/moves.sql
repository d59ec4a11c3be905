-- Grain: one row per measure of the whole estate that enough Devices have, beside the month before and the industry.
with

whole_estate as (

    select *
    from figures
    where
        device_type = 'ALL'
        and measure != 'devices'
        and of_count >= 30

),

final as (

    select
        measure,
        short_name as name,
        place,
        device_count,
        of_count,
        own_rate,
        industry_rate,
        industry_suppressed,
        case when before_of_count >= 30 then before_count end as before_count,
        case when before_of_count >= 30 then before_rate end as before_rate,
        better_when,
        -- How much worse, which orders the rows and is never printed: 0 where it is not.
        case
            when before_of_count < 30 then 0
            when better_when = 'lower' then greatest(coalesce(own_rate - before_rate, 0), 0)
            when better_when = 'higher' then greatest(coalesce(before_rate - own_rate, 0), 0)
            else 0
        end as worse_than_before,
        case
            when better_when = 'lower' then greatest(coalesce(own_rate - industry_rate, 0), 0)
            when better_when = 'higher' then greatest(coalesce(industry_rate - own_rate, 0), 0)
            else 0
        end as worse_than_industry
    from whole_estate

)

select * from final
order by place
