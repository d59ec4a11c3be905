-- Grain: one row per party (in a role), business process and SRV or `ALL` with measured requests.
-- Cells are numbered first: over whole numbers the windows took 0.9 s, over the three texts 3.0 s (2.3 m counts).
with

srvs as (

    select distinct
        party_key,
        business_process,
        srv
    from {{ ref('int_r2__rtt_counts') }}

),

cells as (

    select
        party_key,
        business_process,
        srv
    from srvs

    union

    select
        party_key,
        business_process,
        'ALL' as srv
    from srvs

),

numbered_cells as (

    select
        party_key,
        business_process,
        srv,
        row_number() over (order by party_key, business_process, srv) as cell_number
    from cells

),

counts as (

    select
        numbered_cells.cell_number,
        rtt_counts.round_trip_time_ms,
        cast(sum(rtt_counts.request_count) as bigint) as request_count
    from {{ ref('int_r2__rtt_counts') }} as rtt_counts
    inner join numbered_cells
        on
            rtt_counts.party_key = numbered_cells.party_key
            and rtt_counts.business_process = numbered_cells.business_process
            and (rtt_counts.srv = numbered_cells.srv or numbered_cells.srv = 'ALL')
    group by
        numbered_cells.cell_number,
        rtt_counts.round_trip_time_ms

),

running as (

    {{ counts_near_quantiles('counts', ['cell_number'], 'round_trip_time_ms', 'request_count', [50]) }}

),

medians as (

    select
        cell_number,
        {{ median_doubled('round_trip_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by cell_number

),

aggregated as (

    select
        cell_number,
        cast(sum(request_count) as bigint) as measured_count,
        min(round_trip_time_ms) as best_ms,
        max(round_trip_time_ms) as worst_ms,
        cast(sum(round_trip_time_ms * request_count) as bigint) as rtt_sum_ms
    from counts
    group by cell_number

),

final as (

    select
        numbered_cells.party_key,
        numbered_cells.business_process,
        numbered_cells.srv,
        aggregated.measured_count,
        aggregated.best_ms,
        aggregated.worst_ms,
        aggregated.rtt_sum_ms,
        medians.median_doubled_ms
    from aggregated
    inner join medians
        on aggregated.cell_number = medians.cell_number
    inner join numbered_cells
        on aggregated.cell_number = numbered_cells.cell_number

)

select * from final
