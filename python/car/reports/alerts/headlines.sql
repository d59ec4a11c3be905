-- Grain: one row per whose figures of all alerts together: the recipient's, the industry's, the recipient's of the month before.
with

standings as (

    select * from standings

),

final as (

    select * exclude (key)
    from standings
    where key = 'ALL'

)

select * from final
order by place
