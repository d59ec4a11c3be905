-- Grain: one row per measure or figure of the industry report.
with

measures as (

    select * from {{ ref('pmr_measures') }}

),

in_the_unit as (

    select
        *,
        cast(target * 100 as bigint) as target_part,
        cast(minimum * 100 as bigint) as minimum_part,
        case when unit = 'share' then 10000 else 100 end as target_whole
    from measures

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        measure_id,
        kind,
        name,
        definition,
        unit,
        direction,
        {{ text_in_unit('target_part', 'target_whole') }} as target,
        {{ text_in_unit('minimum_part', 'target_whole') }} as minimum,
        source
    from in_the_unit

)

select * from final
