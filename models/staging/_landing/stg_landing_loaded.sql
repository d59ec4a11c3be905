-- Grain: one row per loaded file: the day on which it landed.
with

files as (

    select * from {{ source('landing_index', 'files') }}

),

final as (

    select
        feed,
        landed_file,
        landed_on
    from files
    where verdict = 'loaded'

)

select * from final
