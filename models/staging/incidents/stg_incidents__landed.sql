-- Grain: one row per record of the incidents feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'incidents') }}

),

{{ typed('incidents') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'ends_before_starts': ends_before_starts('incidents'),
        }) }} as reasons
    from typed

),

{{ outcomes('incidents') }}

select * from final
