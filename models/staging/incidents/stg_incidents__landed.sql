-- Grain: one row per record of the incidents feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'incidents') }}

),

typed as {{ inlined() }} (

    select
        {{ typed_columns('incidents') }},
        {{ column_reasons('incidents') }} as column_reasons,
        landed.landed_file,
        landed.landed_row
    from landed

),

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
