-- Grain: one row per record of the commentary feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'commentary') }}

),

typed as {{ inlined() }} (

    select
        {{ typed_columns('commentary') }},
        {{ column_reasons('commentary') }} as column_reasons,
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

{{ outcomes('commentary') }}

select * from final
