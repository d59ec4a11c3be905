-- one row per role and place in the leagues of Install and Commission, change of credentials and top-ups
with

final as (
    select
        role as key,
        process_position,
        case srv when 'ALL' then business_process else srv_name end as league_name,
        rank,
        success_rate,
        written(success_rate * 100, 1) as success,
        written(failure_rate * 100, 1) as failure,
        count(*) as party_count
    from league_rows
    where
        segment = 'ALL'
        and (
            (business_process = 'Install and Commission' and srv = 'ALL')
            or (business_process = 'Change of Supplier (Gain)' and srv = '6.23')
            or (business_process = 'Prepayment' and srv = '2.2')
        )
    group by role, process_position, league_name, rank, success_rate, failure_rate
)

select
    key,
    league_name,
    rank,
    success,
    failure,
    party_count
from final
order by key, process_position, league_name, rank
