-- Grain: one row per alert code, of the catalogue or seen in an alert.
with

catalogue as (

    select * from {{ ref('alert_codes') }}

),

codes as (

    select alert_code
    from catalogue

    union

    select alert_code
    from {{ ref('stg_alerts') }}

),

final as (

    select
        cast(row_number() over (order by codes.alert_code) as smallint) as alert_code_key,
        codes.alert_code,
        catalogue.alert_name,
        coalesce(catalogue.is_electricity_distributor, false) as is_electricity_distributor,
        coalesce(catalogue.is_power_outage, false) as is_power_outage
    from codes
    left join catalogue
        on codes.alert_code = catalogue.alert_code

)

select * from final
