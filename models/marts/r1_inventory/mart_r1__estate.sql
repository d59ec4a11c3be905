-- Requirement 1: how the recipient's estate stands, beside the industry's.
-- Grain: one row per recipient (party and role), Device Type that it has or `ALL`, and measure.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

own as (

    select * from {{ ref('int_r1__estate_figures') }}

),

industry as (

    select * from {{ ref('int_r1__industry_estates') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        own.device_type,
        own.measure,
        own.device_count,
        own.of_count,
        {{ share('own.device_count', 'own.of_count', 6) }} as own_share,
        {{ released_share('industry.device_count', 'industry.devices') }} as industry_share,
        {{ is_share_withheld('industry.device_count', 'industry.devices') }} as industry_suppressed
    from own
    inner join obligations
        on own.party_key = obligations.party_key
    left join industry
        on
            own.role = industry.role
            and own.device_type = industry.device_type
            and own.measure = industry.measure

)

select * from final
