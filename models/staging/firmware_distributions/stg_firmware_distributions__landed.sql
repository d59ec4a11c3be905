-- Grain: one row per record of the firmware_distributions feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'firmware_distributions') }}

),

{{ typed('firmware_distributions') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'ends_before_starts':
                "delivered_at < requested_at "
                ~ "or activated_at < requested_at",
        }) }} as reasons
    from typed

),

{{ outcomes('firmware_distributions') }}

select * from final
