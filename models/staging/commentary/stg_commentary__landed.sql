-- Grain: one row per record of the commentary feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'commentary') }}

),

{{ typed('commentary') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons() }} as reasons
    from typed

),

{{ outcomes('commentary') }}

select * from final
