-- Grain: one row per measure, business process, SRV, segment and value of a split.
with

measure_rows as (

    select * from {{ ref('int_pmr_summary__judged_rows') }}

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        section,
        measure_id,
        kind,
        business_process,
        srv,
        segment,
        split,
        split_value,
        unit,
        case figure
            when 'availability' then cast(cast(numerator as decimal(38, 2)) as string)
            when 'as_landed' then {{ landed_number_text('numerator') }}
            else cast(cast(numerator as decimal(38, 0)) as string)
        end as numerator,
        case figure
            when 'availability' then cast(cast(denominator as decimal(38, 2)) as string)
            when 'as_landed' then {{ landed_number_text('denominator') }}
            else cast(cast(denominator as decimal(38, 0)) as string)
        end as denominator,
        pending,
        {{ number_text_with('value_part', 'value_whole', 'decimals') }} as value,
        {{ number_text_with('part_before', 'whole_before', 'decimals_before') }} as value_before_exceptions,
        previous_value,
        {{ text_in_unit('target_part', 'target_whole') }} as target,
        {{ text_in_unit('minimum_part', 'target_whole') }} as minimum,
        direction,
        status,
        state,
        state_reason,
        commentary_required,
        commentary_given
    from measure_rows

)

select * from final
