-- Grain: one row per record of the performance_exceptions feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'performance_exceptions') }}

),

{{ typed('performance_exceptions') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons() }} as reasons
    from typed

),

{{ outcomes('performance_exceptions') }}

select * from final
