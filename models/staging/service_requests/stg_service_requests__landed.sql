-- Grain: one row per record of the service_requests feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'service_requests') }}

),

register as (

    select * from {{ ref('stg_parties__register') }}

),

{{ typed('service_requests') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'unknown_report_status': "report_status_id not between 1 and 37",
            'unknown_party':
                "originator_party_id is not null "
                ~ "and originator_role is not null "
                ~ "and started_at is not null "
                ~ "and register.party_id is null",
            'ends_before_starts': ends_before_starts('service_requests'),
        }) }} as reasons
    from typed
    left join register
        on
            typed.originator_party_id = register.party_id
            and typed.originator_role = register.role
            and {{ valid_at('register', 'cast(typed.started_at as date)') }}

),

{{ outcomes('service_requests') }}

select * from final
