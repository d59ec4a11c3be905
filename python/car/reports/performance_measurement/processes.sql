-- one row per business process that the report has a page for: Table 4's order, then the one that a measure alone names
with

listed as (
    from (
        values
        (1, 'Install and Commission'),
        (2, 'Change of Supplier (Gain)'),
        (3, 'Change of Tenancy'),
        (4, 'Tariff Updates'),
        (5, 'Prepayment'),
        (6, 'Security and Key Management'),
        (7, 'Update Device Firmware'),
        (8, 'Logistics Communications Hub Ordering and Returns'),
        (9, 'Distribution Networks Post I&C Activity'),
        (10, 'Meter Reads'),
        (11, 'Scheduling')
    ) as processes (position, business_process)
),

final as (
    select
        position,
        business_process,
        business_process as key
    from listed
)

select
    position,
    business_process,
    key
from final
order by position
