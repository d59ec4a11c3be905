-- Grain: one row per recipient, Energy Supplier and day, as published for the month before.
with

published as (

    select * from {{ source('history', 'credentials_handover') }}

),

final as (

    select
        reporting_month,
        party_id,
        role,
        energy_supplier_id,
        cast(day as date) as day,
        cast(met_count as bigint) as met_count,
        cast(failed_count as bigint) as failed_count
    from published

)

select * from final
