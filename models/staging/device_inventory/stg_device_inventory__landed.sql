-- Grain: one row per record of the device_inventory feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'device_inventory') }}

),

{{ typed('device_inventory') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons() }} as reasons
    from typed

),

{{ outcomes('device_inventory') }}

select * from final
