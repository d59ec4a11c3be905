-- Grain: one row per measure, with a subject or without, and region, or `ALL`, that was reported for the month.
with

provider_figures as (

    select * from {{ ref('int_pmr_governance__provider_figures') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

-- What the list of measures has not as one that a provider gives is a share all the same, and held against nothing.
compared as (

    select
        provider_figures.measure_id,
        provider_figures.segment,
        provider_figures.service_provider,
        provider_figures.numerator,
        provider_figures.denominator,
        provider_figures.service_credit_pence,
        provider_figures.is_given,
        'as_landed' as figure,
        case when provider_figures.is_volume then 'count' else 'share' end as unit,
        measures.direction,
        case when provider_figures.is_given then cast(measures.target * 100 as bigint) end as target_part,
        case when provider_figures.is_given then cast(measures.minimum * 100 as bigint) end as minimum_part,
        10000 as target_whole,
        case
            when provider_figures.is_volume or (provider_figures.is_share and provider_figures.denominator > 0)
                then cast(provider_figures.numerator_parts as {{ wide_integer() }})
        end as value_part,
        case
            when provider_figures.is_volume then {{ landed_parts() }}
            when provider_figures.is_share
                then nullif(cast(provider_figures.denominator_parts as {{ wide_integer() }}), 0)
        end as value_whole
    from provider_figures
    left join measures
        on provider_figures.figure_id = measures.measure_id

),

missed as (

    select
        *,
        {{ missed_limit('value_part', 'value_whole') }} as limit_part,
        {{ usual_decimals('unit') }} as usual
    from compared

),

judged as (

    select
        *,
        least(
            {{ decimals_apart('value_part', 'value_whole', 'usual', 'limit_part', 'target_whole') }}, 15
        ) as decimals
    from missed

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        measure_id,
        segment,
        service_provider,
        {{ landed_number_text('numerator') }} as numerator,
        {{ landed_number_text('denominator') }} as denominator,
        {{ number_text_with('value_part', 'value_whole', 'decimals') }} as value,
        {{ text_in_unit('target_part', 'target_whole') }} as target,
        {{ text_in_unit('minimum_part', 'target_whole') }} as minimum,
        case when is_given and value_whole is not null then {{ status_of_value('value_part', 'value_whole') }} end
            as status,
        cast(
            cast(service_credit_pence as decimal(19, 0)) * cast(0.01 as decimal(3, 2)) as decimal(21, 2)
        ) as service_credit_gbp
    from judged

)

select * from final
