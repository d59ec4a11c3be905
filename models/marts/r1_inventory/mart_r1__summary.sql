-- Requirement 1: how many Devices of each model and firmware version the recipient has, beside the industry's share.
-- Grain: one row per recipient (party and role), Device Type as shown, manufacturer, model and firmware version that
-- it has, and one `All other` where others have more versions.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

firmware as (

    select * from {{ ref('int_r1__industry_firmware') }}

),

own_models as (

    select * from {{ ref('int_r1__model_counts') }}

),

industry_models as (

    select * from {{ ref('int_r1__industry_models') }}

),

final as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        firmware.device_type,
        firmware.manufacturer as device_manufacturer,
        firmware.model as device_model,
        case when firmware.is_all_other then 'All other' else firmware.firmware_version end as firmware_version,
        firmware.own_count as device_count,
        {{ share('firmware.own_count', 'own_models.device_count', 6) }} as own_share,
        -- Both the model and the version have to pass.
        {{ released(released_share('firmware.devices_row_count', 'industry_models.devices'), 'firmware.devices') }}
            as industry_share,
        {{ is_share_withheld('firmware.devices_row_count', 'industry_models.devices') }}
        or {{ is_withheld('firmware.devices') }} as industry_suppressed
    from firmware
    inner join obligations
        on firmware.party_key = obligations.party_key
    inner join own_models
        on
            firmware.party_key = own_models.party_key
            and firmware.device_type = own_models.device_type
            and firmware.manufacturer is not distinct from own_models.manufacturer
            and firmware.model is not distinct from own_models.model
    inner join industry_models
        on
            firmware.role = industry_models.role
            and firmware.device_type = industry_models.device_type
            and firmware.manufacturer is not distinct from industry_models.manufacturer
            and firmware.model is not distinct from industry_models.model

)

select * from final
