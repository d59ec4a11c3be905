-- Grain: one row per record of the device_inventory feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'device_inventory') }}

),

typed as {{ inlined() }} (

    select
        {{ typed_columns('device_inventory') }},
        {{ column_reasons('device_inventory') }} as column_reasons,
        landed.landed_file,
        landed.landed_row
    from landed

),

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons() }} as reasons
    from typed

),

{{ outcomes('device_inventory') }}

select * from final
