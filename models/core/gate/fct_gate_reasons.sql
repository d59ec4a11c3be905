-- Grain: one row per reason for which the quality gate holds the month back, but for rejected files, which are told
-- before anything is built.
with

files as (

    select * from {{ ref('stg_landing_files') }}

),

lists as (

    select * from {{ ref('stg_landing_lists') }}

),

arrivals as (

    select * from {{ ref('stg_landing_arrivals') }}

),

request_counts as (

    select * from {{ ref('fct_request_counts') }}

),

alerts as (

    select * from {{ ref('fct_alerts_coded') }}

),

-- What an earlier month let pass does not hold every later one back.
new_rows as (

    select
        feed,
        sum(rows_read - rows_after_as_of) as row_count,
        sum(rows_quarantined) as rows_quarantined
    from files
    where {{ is_judged_by_the_gate('landed_on') }}
    group by feed

),

quarantined as (

    select
        'rows_quarantined' as reason,
        feed,
        rows_quarantined as row_count,
        row_count as of_count
    from new_rows
    where
        rows_quarantined >= {{ var('gate_quarantine_rows') }}
        and rows_quarantined > row_count * {{ var('gate_quarantine_rate') }}

),

shrunk as (

    select
        'list_shrank' as reason,
        feed,
        row_count,
        row_count_before as of_count
    from lists
    where
        is_new
        and row_count < row_count_before * {{ var('list_shrink') }}

),

-- `No Events` is for a month that was looked at.
events as (

    select request_count as event_count
    from request_counts

    union all

    select count(*) as event_count
    from alerts
    where {{ in_reporting_month('alert_start_at') }}

),

happened as (

    select sum(event_count) as event_count
    from events

),

newest as (

    select max(newest_folder_on) as newest_folder_on
    from arrivals

),

nothing as (

    select
        'nothing_landed' as reason,
        cast(null as string) as feed,
        happened.event_count as row_count,
        0 as of_count
    from happened
    cross join newest
    where
        happened.event_count = 0
        and coalesce(newest.newest_folder_on < {{ first_day() }}, true)

),

reasons as (

    select * from quarantined

    union all

    select * from shrunk

    union all

    select * from nothing

),

final as (

    select
        reason,
        feed,
        cast(row_count as bigint) as row_count,
        cast(of_count as bigint) as of_count
    from reasons

)

select * from final
