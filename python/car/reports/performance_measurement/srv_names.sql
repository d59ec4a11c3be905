-- one row per service reference variant that the report shows, with its name; the two credentials of one SRV apart
with

rsvp_monthly as (
    select distinct srv from industry.rsvp_monthly
),

measures as (
    select distinct srv from industry.measures
    where srv is not null
),

league_table as (
    select distinct srv from industry.league_table
),

names as (
    select
        srv as base_srv,
        name
    from reference.service_reference_variants
),

shown as (
    select srv from rsvp_monthly
    union
    select srv from measures
    union
    select srv from league_table
),

parted as (
    select
        srv,
        split_part(srv, ':', 1) as base_srv,
        split_part(srv, ':', 2) as credential,
        list_transform(
            regexp_extract_all(split_part(srv, ':', 1), '\d+'), lambda part: lpad(part, 4, '0')
        ) as srv_position
    from shown
),

final as (
    select
        parted.srv,
        case parted.srv
            when 'ALL' then 'All service requests'
            when 'Withheld' then 'Withheld (sum)'
            else
                parted.base_srv || coalesce(' ' || names.name, '')
                || case when parted.credential = '' then '' else ', ' || lower(parted.credential) end
        end as srv_name,
        case parted.srv when 'ALL' then 0 when 'Withheld' then 2 else 1 end as srv_group,
        parted.srv_position
    from parted
    left join names on parted.base_srv = names.base_srv
)

select
    srv,
    srv_name,
    srv_group,
    srv_position
from final
order by srv_group, srv_position, srv
