-- One row per headline figure: all requests together, then the four largest business processes.
with

volume_before as (
    select sum(own_volume)::bigint as volume
    from before.benchmark
    where srv = 'ALL'
),

failed_before as (
    select coalesce(sum(failure_count), 0)::bigint as failure_count
    from before.failures
),

together as (
    select
        'All business processes together' as name,
        verdict.volume as own_volume,
        verdict.success_rate as own_rate,
        null::decimal(38, 6) as industry_rate,
        false as industry_suppressed,
        share(volume_before.volume - failed_before.failure_count, volume_before.volume) as before_rate,
        null::varchar as place_in_league,
        0 as position
    from verdict
    cross join volume_before
    cross join failed_before
    where verdict.volume > 0
),

largest as (
    select
        business_process as name, own_volume, own_rate, industry_rate, industry_suppressed, before_rate, place_in_league,
        row_number() over (order by own_volume desc, business_process) as position
    from standing
    where srv = 'ALL'
    qualify row_number() over (order by own_volume desc, business_process) <= 4
),

final as (
    select name, own_volume, own_rate, industry_rate, industry_suppressed, before_rate, place_in_league, position
    from together
    union all
    select name, own_volume, own_rate, industry_rate, industry_suppressed, before_rate, place_in_league, position
    from largest
)

select name, own_volume, own_rate, industry_rate, industry_suppressed, before_rate, place_in_league, position
from final
order by position
