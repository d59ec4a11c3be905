-- Requirement 2: the Devices that the recipient gained, day by day: whether they were read before, and how their
-- old supplier had reported the hub.
-- Grain: one row per recipient (party and role) and day with gains.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'change_of_supplier'

),

gains as (

    select * from {{ ref('fct_supplier_gains') }}

),

installation_srvs as (

    select * from {{ ref('installation_srvs') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        gains.day,
        count(*) as gains,
        count(*) filter (where gains.has_read_before) as read_before_gain,
        count(*) filter (where not gains.has_read_before) as no_read_before_gain,
        count(*) filter (where installation_srvs.meaning = 'hub_installed') as old_supplier_8_14_1,
        count(*) filter (where installation_srvs.meaning = 'hub_installed_without_wan') as old_supplier_8_14_2,
        count(*) filter (where gains.old_supplier_hub_report is null) as old_supplier_neither
    from gains
    inner join obligations
        on gains.party_key = obligations.party_key
    left join installation_srvs
        on gains.old_supplier_hub_report = installation_srvs.srv
    group by
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        gains.day

)

select * from final
