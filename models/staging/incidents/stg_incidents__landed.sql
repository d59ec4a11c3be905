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
            'ends_before_starts':
                "resolved_at < raised_at "
                ~ "or closed_at < raised_at "
                ~ "or outage_ended_at < outage_started_at",
        }) }} as reasons
    from typed

),

{{ outcomes('incidents') }}

select * from final
