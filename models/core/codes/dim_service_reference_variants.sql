-- Grain: one row per Service Reference Variant, of the catalogue or seen in a request.
with

catalogue as (

    select * from {{ ref('service_reference_variants') }}

),

requested as (

    select distinct srv
    from {{ ref('stg_service_requests') }}

),

business_process_srvs as (

    select * from {{ ref('business_process_srvs') }}

),

business_processes as (

    select * from {{ ref('business_processes') }}

),

srvs as (

    select srv
    from catalogue

    union

    select srv
    from requested

),

processes as (

    -- The processes that an SRV stands in, by the days on which each applies.
    select
        business_process_srvs.srv,
        min(business_processes.business_process_number) filter (
            where business_processes.applies_on = 'commissioning_day'
        ) as commissioning_day_process_number,
        min(business_processes.business_process_number) filter (
            where business_processes.applies_on = 'gain_day'
        ) as gain_day_process_number,
        min(business_processes.business_process_number) filter (
            where business_processes.applies_on = 'any_day'
        ) as any_day_process_number,
        max(business_process_srvs.credential_type) is not null as is_sent_in_pairs
    from business_process_srvs
    inner join business_processes
        on business_process_srvs.business_process = business_processes.business_process
    where business_process_srvs.srv is not null
    group by business_process_srvs.srv

),

triggers as (

    select distinct trigger_srv
    from business_processes
    where trigger_srv is not null

),

final as (

    select
        cast(row_number() over (order by srvs.srv) as smallint) as srv_key,
        srvs.srv,
        catalogue.srv_name,
        coalesce(catalogue.is_meter_read, false) as is_meter_read,
        processes.commissioning_day_process_number,
        processes.gain_day_process_number,
        processes.any_day_process_number,
        triggers.trigger_srv is not null as is_gain_trigger,
        coalesce(processes.is_sent_in_pairs, false) as is_sent_in_pairs
    from srvs
    left join catalogue
        on srvs.srv = catalogue.srv
    left join processes
        on srvs.srv = processes.srv
    left join triggers
        on srvs.srv = triggers.trigger_srv

)

select * from final
