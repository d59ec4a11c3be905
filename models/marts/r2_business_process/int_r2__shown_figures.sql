-- Grain: one row per role, business process and SRV or `ALL`: what all recipients are shown of the industry.
with

benchmarks as (

    select * from {{ ref('mart_r2__benchmark') }}

),

round_trip_times as (

    select * from {{ ref('mart_r2__round_trip_time') }}

),

final as (

    select distinct
        benchmarks.reporting_month,
        benchmarks.role,
        benchmarks.business_process,
        benchmarks.srv,
        benchmarks.industry_success_rate,
        benchmarks.ranked_parties,
        round_trip_times.industry_best_s,
        round_trip_times.industry_worst_s,
        round_trip_times.industry_mean_s,
        round_trip_times.industry_median_s
    from benchmarks
    inner join round_trip_times
        on
            benchmarks.party_id = round_trip_times.party_id
            and benchmarks.role = round_trip_times.role
            and benchmarks.business_process = round_trip_times.business_process
            and benchmarks.srv = round_trip_times.srv

)

select * from final
