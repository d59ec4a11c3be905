-- Grain: one row per record of the defects feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'defects') }}

),

{{ typed('defects') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'ends_before_starts': ends_before_starts('defects'),
        }) }} as reasons
    from typed

),

{{ outcomes('defects') }}

select * from final
