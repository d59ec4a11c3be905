{{ config(group='reporting') }}
-- Over days and over SRVs, a recipient's volumes add up to its counted requests of the month that have a process.
with

requests as (

    select
        originator_key as party_key,
        count(*) as request_count
    from {{ ref('fct_service_requests_coded') }}
    where
        is_counted
        and business_process_number is not null
        and {{ in_reporting_month('started_at') }}
    group by originator_key

),

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

expected as (

    select
        obligations.party_id,
        obligations.role,
        requests.request_count
    from requests
    inner join obligations
        on requests.party_key = obligations.party_key

),

summed as (

    select
        party_id,
        role,
        sum(own_volume) filter (where srv = 'ALL') as all_count,
        sum(own_volume) filter (where srv != 'ALL') as srv_count
    from {{ ref('mart_r2__benchmark') }}
    group by
        party_id,
        role

),

daily as (

    select
        party_id,
        role,
        sum(own_volume) as daily_count
    from {{ ref('mart_r2__daily') }}
    where srv = 'ALL' and device_type = 'ALL' and region = 'ALL' and smets_version = 'ALL'
    group by
        party_id,
        role

)

select
    expected.party_id,
    expected.role,
    expected.request_count,
    summed.all_count,
    summed.srv_count,
    daily.daily_count
from expected
full outer join summed
    on
        expected.party_id = summed.party_id
        and expected.role = summed.role
left join daily
    on
        expected.party_id = daily.party_id
        and expected.role = daily.role
where
    expected.request_count is distinct from summed.all_count
    or expected.request_count is distinct from summed.srv_count
    or expected.request_count is distinct from daily.daily_count
