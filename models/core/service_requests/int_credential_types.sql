-- Grain: one row per counted request of an SRV that is sent in pairs (6.15.2, 6.17), with its credential.
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

paired as (

    select
        requests.transaction_id,
        requests.srv,
        requests.originator_party_id,
        requests.originator_role,
        requests.device_key,
        requests.started_at
    from requests
    inner join srvs
        on requests.srv = srvs.srv and srvs.is_sent_in_pairs
    inner join statuses
        on requests.report_status_id = statuses.report_status_id
    where {{ is_counted('requests', 'statuses') }}

),

spaced as (

    select
        paired.*,
        lag(started_at) over (
            partition by srv, originator_party_id, originator_role, device_key
            order by started_at, transaction_id
        ) as previous_started_at
    from paired
    where device_key is not null

),

{% set begins_run -%}
previous_started_at is null
or started_at > previous_started_at + interval '{{ var("credential_run_gap_hours") }}' hour
{%- endset -%}

runs as (

    -- A pause longer than var credential_run_gap_hours begins a new run.
    select
        spaced.*,
        sum(case when {{ begins_run }} then 1 else 0 end) over (
            partition by srv, originator_party_id, originator_role, device_key
            order by started_at, transaction_id
            rows between unbounded preceding and current row
        ) as run_number
    from spaced

),

positions as (

    select
        transaction_id,
        row_number() over (
            partition by srv, originator_party_id, originator_role, device_key, run_number
            order by started_at, transaction_id
        ) as position_in_run,
        count(*) over (
            partition by srv, originator_party_id, originator_role, device_key, run_number
        ) as run_length
    from runs

),

credentials as (

    select
        transaction_id,
        case
            when position_in_run = run_length and run_length % 2 = 1 then 'Unpaired'
            when position_in_run % 2 = 1 then 'Digital Signature'
            else 'Key Agreement'
        end as credential_type
    from positions

    union all

    select
        transaction_id,
        'Unpaired' as credential_type
    from paired
    where device_key is null

),

final as (

    select
        transaction_id,
        {{ one_of('credential_type', ['Unpaired', 'Digital Signature', 'Key Agreement']) }} as credential_type
    from credentials

)

select * from final
