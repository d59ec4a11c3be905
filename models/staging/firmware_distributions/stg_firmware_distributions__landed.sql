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
            'ends_before_starts': ends_before_starts('firmware_distributions'),
        }) }} as reasons
    from typed

),

{{ outcomes('firmware_distributions') }}

select * from final
