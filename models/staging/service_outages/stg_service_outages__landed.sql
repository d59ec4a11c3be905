-- Grain: one row per record of the service_outages feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'service_outages') }}

),

{{ typed('service_outages') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'ends_before_starts': ends_before_starts('service_outages'),
        }) }} as reasons
    from typed

),

{{ outcomes('service_outages') }}

select * from final
