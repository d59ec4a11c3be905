-- Grain: one row per role, business process and SRV or `ALL` with measured requests: all parties' Round Trip Times.
-- Cells are numbered first: see int_r2__own_speeds.
with

srvs as (

    select distinct
        role,
        business_process,
        srv
    from {{ ref('int_r2__rtt_counts') }}

),

cells as (

    select
        role,
        business_process,
        srv
    from srvs

    union

    select
        role,
        business_process,
        'ALL' as srv
    from srvs

),

numbered_cells as (

    select
        role,
        business_process,
        srv,
        row_number() over (order by role, business_process, srv) as cell_number
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
            rtt_counts.role = numbered_cells.role
            and rtt_counts.business_process = numbered_cells.business_process
            and (rtt_counts.srv = numbered_cells.srv or numbered_cells.srv = 'ALL')
    group by
        numbered_cells.cell_number,
        rtt_counts.round_trip_time_ms

),

running as (

    {{ counts_near_quantiles('counts', ['cell_number'], 'round_trip_time_ms', 'request_count', [1, 50, 99]) }}

),

aggregated as (

    select
        cell_number,
        {{ percentile_hundredths('round_trip_time_ms', 'running_count', 'total_count', 1) }} as best_hundredths_ms,
        {{ percentile_hundredths('round_trip_time_ms', 'running_count', 'total_count', 99) }} as worst_hundredths_ms,
        {{ median_doubled('round_trip_time_ms', 'running_count', 'total_count') }} as median_doubled_ms
    from running
    group by cell_number

),

final as (

    select
        numbered_cells.role,
        numbered_cells.business_process,
        numbered_cells.srv,
        aggregated.best_hundredths_ms,
        aggregated.worst_hundredths_ms,
        aggregated.median_doubled_ms
    from aggregated
    inner join numbered_cells
        on aggregated.cell_number = numbered_cells.cell_number

)

select * from final
