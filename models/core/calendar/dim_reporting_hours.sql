-- Grain: one row per hour (UTC) of the reporting month.
with

days as (

    select * from {{ ref('dim_reporting_days') }}

),

bands as (

    select * from {{ ref('time_bands') }}

),

hours as (

    {% for hour in range(24) -%}
    {{ 'union all ' if not loop.first }}select
        day,
        cast(day as timestamp) + interval '{{ hour }}' hour as valid_from,
        cast(day as timestamp) + interval '{{ hour + 1 }}' hour as valid_to
    from days
    {% endfor %}

),

local_hours as (

    -- The clocks change on a whole hour, and the bands do.
    select
        day,
        valid_from,
        valid_to,
        case
            when {{ is_summer_time('valid_from') }} then valid_from + interval '1' hour
            else valid_from
        end as local_at
    from hours

),

placed as (

    select
        day,
        valid_from,
        valid_to,
        {{ iso_weekday('cast(local_at as date)') }} as local_weekday,
        extract(hour from local_at) as local_hour
    from local_hours

),

final as (

    -- A band without hours has what the others leave of its days.
    select
        placed.valid_from,
        placed.valid_to,
        placed.day,
        cast(placed.local_weekday as tinyint) as local_weekday,
        cast(placed.local_hour as tinyint) as local_hour,
        coalesce(bands_of_hours.band, bands_of_days.band) as band
    from placed
    left join bands as bands_of_hours
        on
            placed.local_weekday between bands_of_hours.iso_weekday_from and bands_of_hours.iso_weekday_to
            and placed.local_hour >= bands_of_hours.hour_from
            and placed.local_hour < bands_of_hours.hour_to
    left join bands as bands_of_days
        on
            placed.local_weekday between bands_of_days.iso_weekday_from and bands_of_days.iso_weekday_to
            and bands_of_days.hour_from is null

)

select * from final
