-- Grain: one row per finding, of the three with the most handovers too many that failed.
with

findings as (

    select *
    from findings
    where finding in ('failures_gather', 'worse_than_month_before')

),

final as (

    select
        findings.finding = 'failures_gather' as is_of_supplier,
        case
            when findings.finding = 'failures_gather' then 'Supplier ' || findings.dimension_value || ', beside the others'
            else 'All suppliers, beside the month before'
        end as finding,
        cast(findings.own_value as decimal(38, 6)) as own_share,
        cast(findings.reference_value as decimal(38, 6)) as reference_share,
        findings.affected_count,
        case when findings.finding = 'failures_gather' then suppliers.page else 'suppliers' end as page,
        findings.position
    from findings
    left join suppliers
        on findings.dimension_value = suppliers.energy_supplier_id
    order by
        findings.affected_count desc,
        findings.position
    limit 3

)

select * from final
order by
    affected_count desc,
    position
