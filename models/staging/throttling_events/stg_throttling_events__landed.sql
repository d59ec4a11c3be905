-- Grain: one row per record of the throttling_events feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'throttling_events') }}

),

typed as {{ inlined() }} (

    select
        {{ typed_columns('throttling_events') }},
        {{ column_reasons('throttling_events') }} as column_reasons,
        landed.landed_file,
        landed.landed_row
    from landed

),

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'ends_before_starts': "ended_at < started_at",
        }) }} as reasons
    from typed

),

{{ outcomes('throttling_events') }}

select * from final
