{{ config(group='warehouse') }}
-- Transforms, counted and not counted requests add up to the accepted requests of the month.
with

accounted as (

    select coalesce(sum(request_count), 0) as request_count
    from {{ ref('fct_request_counts') }}

),

accepted as (

    select count(*) as request_count
    from {{ ref('stg_service_requests') }}
    where {{ in_reporting_month('started_at') }}

)

select
    accounted.request_count as accounted_count,
    accepted.request_count as accepted_count
from accounted
cross join accepted
where accounted.request_count != accepted.request_count
