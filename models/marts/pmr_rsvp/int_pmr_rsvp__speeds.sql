-- Grain: one row per business process, SRV or `ALL`, segment and Device Type or `ALL` with measured requests.
with

{% set codes = ['business_process_number', 'srv_key', 'credential_type', 'region_key', 'kind_profile_key'] -%}
{% set cell = ['cell_key'] -%}

requests as (

    select * from {{ ref('int_pmr_rsvp__measured_requests') }}

),

ranges as (

    select * from {{ ref('int_pmr_rsvp__rtt_ranges') }}

),

near_ranges as (

    {{ ranges_near_quantiles('ranges', cell, [50, 99]) }}

),

counts as (

    {{ counts_in_near_ranges('requests', codes, cell, 'round_trip_time_ms') }}

),

quantiles as (

    select
        cell_key,
        {{ median_doubled('round_trip_time_ms') }} as median_doubled_ms,
        {{ percentile_hundredths('round_trip_time_ms', 99) }} as p99_hundredths_ms
    from counts
    group by cell_key

),

named as (

    select distinct
        cell_key,
        business_process,
        srv,
        segment,
        device_type
    from ranges

),

final as (

    select
        named.business_process,
        named.srv,
        named.segment,
        named.device_type,
        quantiles.median_doubled_ms,
        quantiles.p99_hundredths_ms
    from quantiles
    inner join named
        on quantiles.cell_key = named.cell_key

)

select * from final
