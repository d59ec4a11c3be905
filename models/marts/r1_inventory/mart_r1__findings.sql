-- Requirement 1: what has ended and what ends soon, for the first page of the inventory report.
-- Grain: one row per recipient (party and role) and finding.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

estate_figures as (

    select * from {{ ref('int_r1__estate_figures') }}

),

figures as (

    select
        obligations.party_id,
        obligations.role,
        estate_figures.device_type,
        estate_figures.measure,
        estate_figures.device_count,
        estate_figures.first_ends_on
    from estate_figures
    inner join obligations
        on estate_figures.party_key = obligations.party_key

),

ended_or_ending as (

    select
        party_id,
        role,
        case
            when measure in ('cpl_ended', 'certificate_ended') then 'already_ended'
            else 'ends_within_30_days'
        end as finding,
        case
            when measure in ('cpl_ended', 'cpl_ends_within_30_days') then 'central_products_list'
            else 'security_certificate'
        end as dimension,
        device_type as dimension_value,
        device_count,
        first_ends_on
    from figures
    where
        measure in ('cpl_ended', 'certificate_ended', 'cpl_ends_within_30_days', 'certificate_ends_within_30_days')
        and device_type != 'ALL'
        and device_count > 0

),

findings as (

    select
        party_id,
        role,
        finding,
        cast(null as string) as business_process,
        cast(null as string) as srv,
        cast(null as string) as alert_code,
        dimension,
        dimension_value,
        cast(device_count as string) as own_value,
        cast(first_ends_on as string) as reference_value,
        'devices' as unit,
        device_count as affected_count
    from ended_or_ending

),

nothing as (

    select
        party_id,
        role,
        'nothing_stands_out' as finding,
        'devices' as unit,
        device_count as affected_count
    from figures
    where
        measure = 'devices'
        and device_type = 'ALL'

),

final as (

    {{ positioned_findings('findings', 'nothing', 'obligations') }}

)

select * from final
