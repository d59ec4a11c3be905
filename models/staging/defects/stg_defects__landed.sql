-- Grain: one row per record of the defects feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'defects') }}

),

typed as {{ inlined() }} (

    select
        {{ typed_columns('defects') }},
        {{ column_reasons('defects') }} as column_reasons,
        landed.landed_file,
        landed.landed_row
    from landed

),

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'ends_before_starts': "closed_on < released_on",
        }) }} as reasons
    from typed

),

{{ outcomes('defects') }}

select * from final
