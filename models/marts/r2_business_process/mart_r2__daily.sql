-- Requirement 2: success and Round Trip Time of each day, own beside industry, with major incidents.
-- Grain: one row per recipient (party and role), business process, SRV or `ALL`, day and split.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

own_months as (

    select * from {{ ref('int_r2__own_months') }}

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

industry_months as (

    select * from {{ ref('int_r2__industry_months') }}

),

industry_days as (

    select * from {{ ref('int_r2__industry_days') }}

),

incident_ids as (

    select * from {{ ref('int_r2__incident_ids') }}

),

whole_days as (

    -- Every day of the month, also those without requests.
    select
        own_months.party_key,
        own_months.business_process,
        own_months.srv,
        days.day,
        'ALL' as device_type,
        'ALL' as region,
        'ALL' as smets_version,
        coalesce(own_days.request_count, 0) as request_count,
        coalesce(own_days.success_count, 0) as success_count,
        coalesce(own_days.measured_count, 0) as measured_count,
        own_days.rtt_sum_ms
    from own_months
    cross join days
    left join {{ ref('int_r2__days') }} as own_days
        on
            own_months.party_key = own_days.party_key
            and own_months.business_process = own_days.business_process
            and own_months.srv = own_days.srv
            and days.day = own_days.day
            and own_days.device_type = 'ALL'
            and own_days.region = 'ALL'
            and own_days.smets_version = 'ALL'

),

split_days as (

    select
        party_key,
        business_process,
        srv,
        day,
        device_type,
        region,
        smets_version,
        request_count,
        success_count,
        measured_count,
        rtt_sum_ms
    from {{ ref('int_r2__days') }} as requests_by_split
    where
        not (device_type = 'ALL' and region = 'ALL' and smets_version = 'ALL')
        and {{ is_split_published('requests_by_split') }}

),

own as (

    select * from whole_days

    union all

    select * from split_days

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        own.business_process,
        own.srv,
        own.day,
        own.device_type,
        own.region,
        own.smets_version,
        own.request_count as own_volume,
        {{ share('own.success_count', 'own.request_count', 6) }} as own_success_rate,
        {{ seconds(mean_whole('own.rtt_sum_ms', 'own.measured_count')) }} as own_mean_rtt_s,
        {{ released_share(
            'industry_days.success_count',
            'industry_days.requests',
            'industry_months.is_share_shown',
            'greatest(' ~ thousandths_of(var('day_step')) ~ ', industry_months.share_step)'
        ) }} as industry_success_rate,
        {{ released(
            mean_beside_a_rest(
                'industry_days.rtt_sum_ms', 'industry_days.measured_row_count', 'industry_months.share_step'
            ),
            'industry_days.measured',
            'industry_months.is_speed_shown'
        ) }} as industry_mean_rtt_s,
        {{ is_share_withheld(
            'industry_days.success_count', 'industry_days.requests', 'industry_months.is_share_shown'
        ) }}
        or {{ is_withheld('industry_days.measured', 'industry_months.is_speed_shown') }} as industry_suppressed,
        incident_ids.incident_ids
    from own
    inner join obligations
        on own.party_key = obligations.party_key
    inner join industry_months
        on
            obligations.role = industry_months.role
            and own.business_process = industry_months.business_process
            and own.srv = industry_months.srv
    left join industry_days
        on
            obligations.role = industry_days.role
            and own.business_process = industry_days.business_process
            and own.srv = industry_days.srv
            and own.day = industry_days.day
            and own.device_type = industry_days.device_type
            and own.region = industry_days.region
            and own.smets_version = industry_days.smets_version
    left join incident_ids
        on
            own.day = incident_ids.day
            and own.region = incident_ids.region
            and own.smets_version = incident_ids.smets_version

)

select * from final
