-- Grain: one row per Device Type of the code list.
with

device_types as (

    select * from reference.device_types

),

final as (

    select
        device_type,
        name || ' (' || device_type || ')' as full_name,
        -- summary.csv and firmware_league.csv tell these four apart, and take the rest as one.
        case when device_type in ('ESME', 'GSME', 'IHD', 'PPMID') then device_type else 'Other' end as graph_type
    from device_types

)

select * from final
order by device_type
