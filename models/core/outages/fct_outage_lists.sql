-- Grain: one row: whether the list of outages is known to be whole.
with

arrivals as (

    select * from {{ ref('stg_landing_arrivals') }}

),

final as (

    -- A file that landed after the period's last day, though it has no row, says that nothing else happened. A period
    -- that the as-of instant ends has no such file.
    select count(*) > 0 as is_complete
    from arrivals
    where feed = 'service_outages' and newest_file_on > {{ last_day() }}

)

select * from final
