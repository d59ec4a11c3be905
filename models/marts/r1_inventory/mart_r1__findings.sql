-- Requirement 1: what matters this month, for the first page of the inventory report.
-- Grain: one row per recipient (party and role) and finding.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

models as (

    select
        party_id,
        role,
        coalesce(device_model, 'Unknown') as device_model,
        count(*) as device_count,
        count(*) filter (where cpl_expires_within_30_days) as cpl_count,
        count(*) filter (where security_certificate_expires_within_30_days) as security_certificate_count
    from {{ ref('mart_r1__devices') }}
    group by
        party_id,
        role,
        coalesce(device_model, 'Unknown')

),

expiring_soon as (

    {% for subject in ['cpl', 'security_certificate'] -%}
    {{ 'union all' if not loop.first }}
    select
        party_id,
        role,
        'expiring_soon' as finding,
        '{{ subject }}' as dimension,
        device_model as dimension_value,
        {{ share(subject ~ '_count', 'device_count', 6) }} as own_value,
        cast(null as decimal(18, 6)) as reference_value,
        'share' as unit,
        {{ subject }}_count as affected_count
    from models
    where {{ subject }}_count > 0
    {% endfor %}

),

unlike_industry as (

    -- Far more of a model on one firmware version than the industry has.
    select
        party_id,
        role,
        'firmware_unlike_industry' as finding,
        'device_model' as dimension,
        device_type || ' ' || device_manufacturer || ' ' || device_model || ' ' || firmware_version as dimension_value,
        own_share as own_value,
        industry_share as reference_value,
        'share' as unit,
        device_count as affected_count
    from {{ ref('mart_r1__summary') }}
    where
        device_count >= {{ var('finding_minimum_count') }}
        and own_share >= industry_share + {{ var('finding_firmware_gap') }}

),

findings as (

    select * from expiring_soon

    union all

    select * from unlike_industry

),

final as (

    {{ numbered_findings('findings', 'obligations', ['dimension', 'dimension_value']) }}

)

select * from final
