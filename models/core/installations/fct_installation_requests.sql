-- Grain: one row per counted request by which a supplier tells of an installation (seed installation_srvs).
with

requests as (

    select
        transaction_id,
        started_at,
        srv_key,
        originator_key,
        device_key,
        is_success
    from {{ ref('fct_service_requests_coded') }}
    where is_counted

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

installation_srvs as (

    select * from {{ ref('installation_srvs') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

commissioning_days as (

    select * from {{ ref('int_commissioning_days') }}

),

final as (

    select
        requests.transaction_id,
        requests.started_at,
        cast(requests.started_at as date) as requested_on,
        installation_srvs.srv,
        installation_srvs.meaning,
        requests.originator_key,
        parties.party_id as originator_party_id,
        requests.device_key,
        requests.is_success,
        commissioning_days.device_key is not null as is_commissioned_that_day
    from requests
    inner join srvs
        on requests.srv_key = srvs.srv_key
    inner join installation_srvs
        on srvs.srv = installation_srvs.srv
    inner join parties
        on requests.originator_key = parties.party_key
    left join commissioning_days
        on
            requests.device_key = commissioning_days.device_key
            and cast(requests.started_at as date) = commissioning_days.commissioned_on

)

select * from final
