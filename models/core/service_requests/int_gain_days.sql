-- Grain: one row per Device, User (party and role) and calendar day on which it sent the Device a counted 6.23.
with

requests as (

    select * from {{ ref('stg_service_requests') }}

),

srvs as (

    select * from {{ ref('dim_service_reference_variants') }}

),

statuses as (

    select * from {{ ref('report_statuses') }}

),

final as (

    select distinct
        requests.device_key,
        requests.originator_party_id,
        requests.originator_role,
        cast(requests.started_at as date) as gained_on
    from requests
    inner join srvs
        on requests.srv = srvs.srv and srvs.is_gain_trigger
    inner join statuses
        on requests.report_status_id = statuses.report_status_id
    where
        requests.device_key is not null
        and {{ is_counted('requests', 'statuses') }}

)

select * from final
