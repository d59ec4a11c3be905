-- Grain: one row per figure of TH1 and TH2.
with

events as (

    select * from {{ ref('fct_throttling_events') }}

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

northbound as (

    select
        count(*) as events,
        count(distinct incident_id) as incidents,
        coalesce(sum(forwarded_count), 0) as forwarded,
        coalesce(sum(dropped_count), 0) as dropped,
        coalesce(sum(exempted_count), 0) as exempted
    from events
    where direction = 'Northbound' and {{ in_period('started_at') }}

),

-- Those that overlap the period, cut to it. One without length lies in it where it began in it.
southbound as (

    select
        greatest(started_at, {{ month_start() }}) as began_at,
        least(coalesce(ended_at, {{ period_end() }}), {{ period_end() }}) as ended_at
    from events
    where
        direction = 'Southbound'
        and started_at < {{ period_end() }}
        and (ended_at is null or ended_at > {{ month_start() }} or started_at >= {{ month_start() }})

),

-- An event that begins after all before it have ended begins a spell.
begun as (

    select
        began_at,
        ended_at,
        case
            when
                began_at <= max(ended_at) over (
                    order by began_at, ended_at
                    rows between unbounded preceding and 1 preceding
                )
                then 0
            else 1
        end as is_begin
    from southbound

),

numbered as (

    select
        began_at,
        ended_at,
        sum(is_begin)
            over (order by began_at, ended_at rows between unbounded preceding and current row)
            as spell_number
    from begun

),

spells as (

    select
        min(began_at) as began_at,
        max(ended_at) as ended_at
    from numbered
    group by spell_number

),

lasted as (

    select coalesce(sum({{ epoch_us('ended_at') }} - {{ epoch_us('began_at') }}), 0) as microseconds
    from spells

),

-- A spell touches a day in which some of it lies, or, without length, in which it began.
touched as (

    select count(distinct days.day) as day_count
    from days
    inner join spells
        on
            spells.began_at < {{ add_days('days.day', 1) }}
            and (days.day < spells.ended_at or days.day <= spells.began_at)

),

counted as (

    select count(*) as events from southbound

),

final as (

    {% for figure in ['events', 'incidents', 'forwarded', 'dropped', 'exempted'] -%}
    select
        'TH1:{{ figure }}' as measure_id,
        cast({{ figure }} as decimal(38, 0)) as value_part,
        cast(1 as decimal(38, 0)) as value_whole
    from northbound

    union all

    {% endfor -%}
    select
        'TH2:events' as measure_id,
        cast(events as decimal(38, 0)) as value_part,
        cast(1 as decimal(38, 0)) as value_whole
    from counted

    union all

    select
        'TH2:seconds' as measure_id,
        cast(microseconds as decimal(38, 0)) as value_part,
        cast(1000000 as decimal(38, 0)) as value_whole
    from lasted

    union all

    select
        'TH2:days' as measure_id,
        cast(day_count as decimal(38, 0)) as value_part,
        cast(1 as decimal(38, 0)) as value_whole
    from touched

)

select * from final
