-- Grain: one row: how many findings there are.
with

final as (

    select count(*) as finding_count
    from ends

)

select * from final
order by finding_count
