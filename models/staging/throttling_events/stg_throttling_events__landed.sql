-- Grain: one row per record of the throttling_events feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'throttling_events') }}

),

{{ typed('throttling_events') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'ends_before_starts': ends_before_starts('throttling_events'),
        }) }} as reasons
    from typed

),

{{ outcomes('throttling_events') }}

select * from final
