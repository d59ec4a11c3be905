-- Requirement 1: how many Devices of each model and firmware version the recipient has, beside the industry's share.
-- Grain: one row per recipient (party and role), Device Type as shown, manufacturer, model and firmware version that
-- it has, and one `All other` where that is not all that is shown of the model.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

own_firmware as (

    select * from {{ ref('int_r1__firmware_counts') }}

),

own_models as (

    select * from {{ ref('int_r1__model_counts') }}

),

industry_firmware as (

    select * from {{ ref('int_r1__industry_firmware') }}

),

industry_models as (

    select * from {{ ref('int_r1__industry_models') }}

),

industry_rests as (

    select * from {{ ref('int_r1__industry_rests') }}

),

versions as (

    select
        obligations.reporting_month,
        obligations.party_id,
        obligations.role,
        own_firmware.device_type,
        own_firmware.manufacturer as device_manufacturer,
        own_firmware.model as device_model,
        own_firmware.firmware_version,
        own_firmware.device_count,
        {{ share('own_firmware.device_count', 'own_models.device_count', 6) }} as own_share,
        {{ released_part('industry_firmware.devices', 'industry_models.devices', 'industry_rests.rest') }}
            as industry_share,
        {{ is_part_withheld('industry_firmware.devices', 'industry_models.devices') }} as industry_suppressed,
        industry_firmware.devices_row_count as version_row_count,
        industry_models.devices_row_count as model_row_count
    from own_firmware
    inner join obligations
        on own_firmware.party_key = obligations.party_key
    inner join own_models
        on
            own_firmware.party_key = own_models.party_key
            and own_firmware.device_type = own_models.device_type
            and own_firmware.manufacturer = own_models.manufacturer
            and own_firmware.model = own_models.model
    inner join industry_firmware
        on
            own_firmware.role = industry_firmware.role
            and own_firmware.device_type = industry_firmware.device_type
            and own_firmware.manufacturer = industry_firmware.manufacturer
            and own_firmware.model = industry_firmware.model
            and own_firmware.firmware_version = industry_firmware.firmware_version
    inner join industry_models
        on
            own_firmware.role = industry_models.role
            and own_firmware.device_type = industry_models.device_type
            and own_firmware.manufacturer = industry_models.manufacturer
            and own_firmware.model = industry_models.model
    inner join industry_rests
        on
            own_firmware.role = industry_rests.role
            and own_firmware.device_type = industry_rests.device_type
            and own_firmware.manufacturer = industry_rests.manufacturer
            and own_firmware.model = industry_rests.model

),

others as (

    -- What the rows above do not show of a model: versions that only others have, and own ones that are withheld.
    select
        reporting_month,
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model,
        cast({{ share_that_is_left('sum(industry_share)') }} as decimal(6, 3)) as industry_share,
        bool_and(industry_suppressed) as is_all_suppressed
    from versions
    group by
        reporting_month,
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model
    having coalesce(sum(version_row_count) filter (where not industry_suppressed), 0) < max(model_row_count)

),

final as (

    select
        reporting_month,
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model,
        firmware_version,
        device_count,
        own_share,
        industry_share,
        industry_suppressed
    from versions

    union all

    select
        reporting_month,
        party_id,
        role,
        device_type,
        device_manufacturer,
        device_model,
        'All other' as firmware_version,
        0 as device_count,
        cast(0 as decimal(9, 6)) as own_share,
        industry_share,
        is_all_suppressed as industry_suppressed
    from others

)

select * from final
