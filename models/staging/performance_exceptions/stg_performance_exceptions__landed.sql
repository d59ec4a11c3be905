-- Grain: one row per record of the performance_exceptions feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'performance_exceptions') }}

),

typed as {{ inlined() }} (

    select
        {{ typed_columns('performance_exceptions') }},
        {{ column_reasons('performance_exceptions') }} as column_reasons,
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

{{ outcomes('performance_exceptions') }}

select * from final
