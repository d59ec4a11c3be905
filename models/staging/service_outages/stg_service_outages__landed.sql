-- Grain: one row per record of the service_outages feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'service_outages') }}

),

typed as {{ inlined() }} (

    select
        {{ typed_columns('service_outages') }},
        {{ column_reasons('service_outages') }} as column_reasons,
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

{{ outcomes('service_outages') }}

select * from final
