-- Grain: one row per party and role in the register that holds, with the days on which it is active.
with

parties as (

    select * from {{ ref('stg_parties') }}

),

final as (

    select
        party_id,
        role,
        coalesce(active_from, date '0001-01-01') as valid_from,
        coalesce({{ add_days('active_to', 1) }}, {{ open_end_day() }}) as valid_to
    from parties

)

select * from final
