-- Grain: one row per record of the central_products_list feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'central_products_list') }}

),

typed as {{ inlined() }} (

    select
        {{ typed_columns('central_products_list') }},
        {{ column_reasons('central_products_list') }} as column_reasons,
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

{{ outcomes('central_products_list') }}

select * from final
