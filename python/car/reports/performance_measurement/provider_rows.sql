-- one row per measure that a Service Provider or the DCC reports; a part has a target, or none
with

provider_measures as (
    from industry.provider_measures
),

definitions as (
    select
        measure_id,
        name
    from industry.definitions
),

final as (
    select
        provider_measures.measure_id,
        coalesce(definitions.name, 'not in the list of measures') as measure_name,
        coalesce(segments.segment_name, provider_measures.segment) as segment_name,
        coalesce(segments.position, 11) as segment_position,
        coalesce(provider_measures.service_provider, '') as service_provider,
        case
            when provider_measures.denominator is null then written(provider_measures.value, 0)
            else written_share(provider_measures.value, provider_measures.target, provider_measures.minimum)
        end as value,
        concat_ws(
            ' of ', written(provider_measures.numerator, 0), written(provider_measures.denominator, 0)
        ) as parts,
        case
            when provider_measures.target is null and provider_measures.minimum is null then 'without a target'
            else 'with a target'
        end as part,
        coalesce(written(provider_measures.target * 100, 2), '–')
            as target,
        coalesce(written(provider_measures.minimum * 100, 2), '–')
            as minimum,
        coalesce(provider_measures.status, '') as status,
        provider_measures.service_credit_gbp,
        written(provider_measures.service_credit_gbp, 2) as service_credit
    from provider_measures
    left join definitions
        on definitions.measure_id in (
            provider_measures.measure_id, split_part(provider_measures.measure_id, '/', 1)
        )
    left join segments on provider_measures.segment = segments.segment
)

select
    measure_id,
    measure_name,
    segment_name,
    service_provider,
    part,
    parts,
    coalesce(value, '–') as value,
    target,
    minimum,
    status,
    service_credit_gbp,
    coalesce(service_credit, '–') as service_credit,
    row_number() over (order by measure_id, segment_position, segment_name, service_provider) as line_number
from final
order by measure_id, segment_position, segment_name, service_provider
