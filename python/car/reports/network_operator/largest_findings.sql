-- Grain: one row per finding, of the three with the most handovers too many that failed.
with

told_findings as (

    select *
    from findings
    where finding in ('failures_gather', 'worse_than_month_before')

),

final as (

    select
        case
            when told_findings.finding = 'failures_gather' then told_findings.dimension_value
            else 'All Energy Suppliers'
        end as name,
        cast(told_findings.own_value as decimal(38, 6)) as own_rate,
        cast(told_findings.reference_value as decimal(38, 6)) as reference_rate,
        case
            when told_findings.finding = 'failures_gather' then 'your other suppliers'
            else recipient.before_name
        end as against,
        told_findings.affected_count,
        case when told_findings.finding = 'failures_gather' then suppliers.page else 'suppliers:' end as page,
        told_findings.position
    from told_findings
    cross join release.recipient as recipient
    left join suppliers
        on told_findings.dimension_value = suppliers.energy_supplier_id
    order by
        told_findings.affected_count desc,
        told_findings.position asc
    limit 3

)

select * from final
order by
    affected_count desc,
    position asc
