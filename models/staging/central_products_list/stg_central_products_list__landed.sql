-- Grain: one row per record of the central_products_list feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'central_products_list') }}

),

{{ typed('central_products_list') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons() }} as reasons
    from typed

),

{{ outcomes('central_products_list') }}

select * from final
