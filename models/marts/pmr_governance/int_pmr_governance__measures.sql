-- Grain: one row per measure, segment, split and value of it: the figures of governance for measures.csv.
with

throttling as (

    select * from {{ ref('int_pmr_governance__throttling') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

defects as (

    select * from {{ ref('int_pmr_governance__defects') }}

),

provider_figures as (

    select * from {{ ref('int_pmr_governance__provider_figures') }}

),

-- All with the same number of decimals: a union would round to the fewest.
figures as (

    select
        throttling.measure_id,
        'ALL' as segment,
        'ALL' as split,
        'ALL' as split_value,
        cast(case when measures.unit = 'count' then throttling.value_part end as decimal(38, 10)) as numerator,
        cast(null as decimal(38, 10)) as denominator,
        throttling.value_part,
        throttling.value_whole
    from throttling
    inner join measures
        on throttling.measure_id = measures.measure_id

    union all

    select
        measure_id,
        'ALL' as segment,
        case when severity = 'ALL' then 'ALL' else 'severity' end as split,
        severity as split_value,
        cast(defect_count as decimal(38, 10)) as numerator,
        cast(null as decimal(38, 10)) as denominator,
        defect_count as value_part,
        cast(1 as decimal(38, 0)) as value_whole
    from defects

    union all

    select
        figure_id as measure_id,
        segment,
        case when subject is null then 'ALL' else 'subject' end as split,
        coalesce(subject, 'ALL') as split_value,
        cast(numerator as decimal(38, 10)) as numerator,
        cast(denominator as decimal(38, 10)) as denominator,
        numerator_parts as value_part,
        denominator_parts as value_whole
    from provider_figures
    where is_given and is_share

    union all

    select
        measure_id,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        cast(numerator as decimal(38, 10)) as numerator,
        cast(null as decimal(38, 10)) as denominator,
        numerator_parts as value_part,
        cast({{ landed_parts() }} as decimal(38, 0)) as value_whole
    from provider_figures
    where is_volume

),

placed as (

    select
        *,
        cast(null as string) as business_process,
        cast(null as string) as srv,
        cast(null as bigint) as pending,
        false as is_withheld,
        cast(null as string) as state_reason
    from figures

),

final as (

    select
        {{ pmr_measure_casts() }}
    from placed

)

select * from final
