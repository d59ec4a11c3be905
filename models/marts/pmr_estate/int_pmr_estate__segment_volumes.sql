-- Grain: one row per party (in a role), business process, SRV or `ALL`, and segment, of what has leagues by segment:
-- Install and Commission, changes of supplier and top-ups.
with

volumes as (

    select * from {{ ref('int_r2__volumes') }}

),

league_srvs as (

    select * from {{ ref('segment_leagues') }}

),

segments as (

    select * from {{ ref('segments') }}

),

by_segment as (

    -- A network operator's region would name it.
    select
        volumes.party_key,
        volumes.role,
        volumes.corporate_group,
        volumes.business_process,
        case when league_srvs.srv = 'ALL' then 'ALL' else volumes.srv end as srv,
        segments.segment,
        volumes.request_count,
        volumes.success_count
    from volumes
    inner join league_srvs
        on
            volumes.business_process = league_srvs.business_process
            and league_srvs.srv in (volumes.srv, 'ALL', 'each')
    inner join segments
        on {{ is_in_segment('segments', segment_of('volumes.region', 'volumes.smets_version')) }}
    where
        segments.segment != 'ALL'
        and volumes.role != 'ED'

),

final as (

    select
        party_key,
        role,
        corporate_group,
        business_process,
        srv,
        segment,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(success_count) as bigint) as success_count
    from by_segment
    group by
        party_key,
        role,
        corporate_group,
        business_process,
        srv,
        segment

)

select * from final
