-- Grain: one row per figure of DEF1 and DEF2 and severity, or `ALL`: those that are not 0.
with

defects as (

    select * from {{ ref('fct_defects') }}

),

-- A day counts from its beginning.
judged as (

    select
        coalesce(cast(severity as string), 'Unknown') as severity,
        {{ in_period('cast(released_on as timestamp)') }} as is_released,
        cast(accepted_on as timestamp) < {{ period_end() }}
        and (closed_on is null or cast(closed_on as timestamp) >= {{ period_end() }}) as is_open
    from defects

),

figures as (

    select
        'DEF1' as measure_id,
        severity
    from judged
    where is_released

    union all

    select
        'DEF2' as measure_id,
        severity
    from judged
    where is_open

),

counted as (

    select
        measure_id,
        severity,
        count(*) as defect_count
    from figures
    group by measure_id, severity

),

final as (

    select
        measure_id,
        severity,
        cast(defect_count as decimal(38, 0)) as defect_count
    from counted

    union all

    select
        measure_id,
        'ALL' as severity,
        cast(sum(defect_count) as decimal(38, 0)) as defect_count
    from counted
    group by measure_id

)

select * from final
