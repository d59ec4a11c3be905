{{ config(group='reporting') }}
-- A defect is an alert that every raw check about its code finds: both about an AD1, the one about an 8F36.
with

restorations as (

    select
        party_id,
        role,
        alert_id,
        count(*) filter (where {{ quoted('check') }} = 'AD1_without_8F35') as ad1_without_8f35_count,
        count(*) filter (where {{ quoted('check') }} = 'AD1_without_8F36') as ad1_without_8f36_count,
        count(*) filter (where {{ quoted('check') }} = '8F36_without_AD1') as without_ad1_count,
        count(*) filter (where {{ quoted('check') }} = 'defect') as defect_count
    from {{ ref('mart_r3__outage_restoration') }}
    group by
        party_id,
        role,
        alert_id

)

select *
from restorations
where defect_count != ad1_without_8f35_count * ad1_without_8f36_count + without_ad1_count
