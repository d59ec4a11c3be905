-- Requirement 3: what matters this month, for the first page of the alert report.
-- Grain: one row per recipient (party and role) and finding.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'alerts'

),

monthly as (

    select * from {{ ref('mart_r3__monthly') }}

),

delivery_times as (

    select * from {{ ref('mart_r3__delivery_time') }}

),

failed_alerts as {{ inlined() }} (

    select *
    from {{ ref('mart_r3__alert') }}
    where outcome = 'Failed'

),

{% set subject = ['alert_code'] -%}

below_industry as (

    {{ below_industry('monthly', subject) }}

),

slower_than_industry as (

    {{ slower_than_industry('delivery_times', subject) }}

),

{% set dimensions = ['failure_reason_code', 'device_model', 'device_firmware_version', 'ch_model', 'region'] -%}

failures_gather as (

    {{ failures_gather('failed_alerts', subject, dimensions, 'alert_count') }}

),

findings as (

    select * from below_industry

    union all

    select * from slower_than_industry

    union all

    select * from failures_gather

),

final as (

    {{ numbered_findings('findings', 'obligations', subject + ['dimension', 'dimension_value']) }}

)

select * from final
