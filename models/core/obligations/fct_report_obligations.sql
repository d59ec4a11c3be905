-- Grain: one row per recipient (party and role) and report that it is owed for the reporting month.
with

parties as (

    select * from {{ ref('dim_parties') }}

),

entitlements as (

    select * from {{ ref('report_entitlements') }}

),

recipients as (

    select
        party_key,
        party_id,
        role
    from parties
    where {{ overlaps('parties', first_day(), add_days(last_day(), 1)) }}

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        recipients.party_id,
        recipients.role,
        entitlements.report,
        recipients.party_key
    from recipients
    inner join entitlements
        on recipients.role = entitlements.role

)

select * from final
