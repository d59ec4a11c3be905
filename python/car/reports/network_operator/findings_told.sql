-- Grain: one row: how many findings there are, and whether nothing could be compared.
with

final as (

    select
        count(*) filter (where finding in ('failures_gather', 'worse_than_month_before')) as finding_count,
        coalesce(bool_or(finding = 'nothing_to_compare'), false) as has_nothing_to_compare
    from findings

)

select * from final
order by finding_count
