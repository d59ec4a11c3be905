-- Grain: one row per Device and day on which it was commissioned, as it was at the end of that day; of the
-- reporting month and the two before it, and the days that its installs are predicted from.
with

commissioning_days as (

    select *
    from {{ ref('int_commissioning_days') }}
    where
        commissioned_on >= least(
            cast({{ month_start_before(2) }} as date), {{ add_days(first_day(), -var('prediction_days')) }}
        )
        and commissioned_on <= {{ last_day() }}

),

device_spells as (

    select
        device_key,
        valid_from,
        valid_to,
        device_type,
        csp_region,
        s1sp,
        smets_version,
        import_supplier_key,
        gas_supplier_key
    from {{ ref('dim_device_spells') }}

),

final as (

    select
        commissioning_days.device_key,
        commissioning_days.commissioned_on,
        device_spells.device_type,
        {{ region_of_device('device_spells') }} as region,
        device_spells.smets_version,
        device_spells.import_supplier_key,
        device_spells.gas_supplier_key
    from commissioning_days
    inner join device_spells
        on
            commissioning_days.device_key = device_spells.device_key
            and {{ valid_just_before('device_spells', end_of_day('commissioning_days.commissioned_on')) }}

)

select * from final
