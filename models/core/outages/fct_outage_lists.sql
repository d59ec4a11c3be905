-- Grain: one row: whether there is a list of outages, and whether it is known to be whole.
with

arrivals as (

    select * from {{ ref('stg_landing_arrivals') }}

),

final as (

    -- A file that landed after the period's last day, though it has no row, says that nothing else happened. A period
    -- that the as-of instant ends has no such file.
    select
        newest_file_on is not null as is_loaded,
        coalesce(newest_file_on > {{ last_day() }}, false) as is_complete
    from arrivals
    where feed = 'service_outages'

)

select * from final
