-- Grain: one row per alert code that this report speaks of, so that its glossary has the names.
with

final as (

    select
        alert_code,
        name
    from reference.alert_codes
    where alert_code in ('8F35', '8F36', 'AD1', 'N16', 'N42')

)

select * from final
order by alert_code
