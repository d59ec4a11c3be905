-- Requirement 1: how many Devices of each model and firmware version the recipient has, beside the industry's share.
-- Grain: one row per recipient (party and role), Device Type as shown, manufacturer, model and firmware version that
-- it has, and one `All other` where others have more versions.
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'inventory'

),

kept as {{ inlined() }} (

    select * from {{ ref('int_restatement__kept_figures') }}

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

own_versions as (

    select
        party_key,
        device_type,
        manufacturer,
        model,
        {{ version_list('firmware_version') }} as firmware_versions
    from {{ ref('int_r1__industry_firmware') }}
    where not is_all_other
    group by
        party_key,
        device_type,
        manufacturer,
        model

),

reckoned as (

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
        or {{ is_withheld('firmware.devices') }} as industry_suppressed,
        -- `All other` is the same for those who have the same versions.
        case when firmware.is_all_other then own_versions.firmware_versions end as other_than
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
    left join own_versions
        on
            firmware.party_key = own_versions.party_key
            and firmware.device_type = own_versions.device_type
            and firmware.manufacturer is not distinct from own_versions.manufacturer
            and firmware.model is not distinct from own_versions.model

),

final as (

    {{ with_kept_figures(
        'reckoned',
        'kept',
        'inventory',
        'summary',
        columns=[
            'reporting_month', 'party_id', 'role', 'device_type', 'device_manufacturer', 'device_model',
            'firmware_version', 'device_count', 'own_share', 'industry_share', 'industry_suppressed'
        ],
        cell=['device_type', 'device_manufacturer', 'device_model', 'firmware_version', 'other_than'],
        figures=['industry_share'],
        texts=['device_manufacturer', 'device_model', 'firmware_version']
    ) }}

)

select * from final
order by
    party_id,
    role,
    device_type,
    device_manufacturer,
    device_model,
    firmware_version
