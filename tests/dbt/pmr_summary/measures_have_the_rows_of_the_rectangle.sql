{{ config(group='reporting') }}
-- Check complete: the rows of measures.csv are those of the rectangle, and such as are withheld of a total or that
-- only a provider gives. Ids and names are those of the list of measures.
-- depends_on: {{ ref('mart_pmr_summary__reconciliation') }}
with

rectangle as (

    select * from {{ ref('int_pmr_summary__rectangle') }}

),

measure_rows as (

    select * from {{ ref('int_pmr_summary__rows') }}

),

published as (

    select * from {{ ref('mart_pmr_summary__measures') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

missing as (

    select rectangle.*
    from rectangle
    left join published
        on
            rectangle.measure_id = published.measure_id
            and rectangle.segment = published.segment
            and rectangle.split = published.split
            and rectangle.split_value is not distinct from published.split_value
            and rectangle.business_process is not distinct from published.business_process
            and rectangle.srv is not distinct from published.srv
    where published.measure_id is null

),

final as (

    select
        measure_id,
        segment,
        'measures.csv has no row ' || measure_id || ' of segment ' || segment || ', ' || split || ' '
        || split_value as says
    from missing

    union all

    select
        measure_id,
        segment,
        'a section gives ' || measure_id || ' of segment ' || segment || ', ' || split || ' '
        || coalesce(split_value, 'of none') || ', which the seeds of the report do not lay out' as says
    from measure_rows
    where is_added and not is_remainder and figure != 'as_landed'

    union all

    select
        published.measure_id,
        published.segment,
        'measures.csv names ' || published.measure_id || ', which the list of measures does not' as says
    from published
    left join measures
        on
            published.measure_id = measures.measure_id
            and published.section = measures.section
            and published.kind = measures.kind
            and published.unit = measures.unit
    where measures.measure_id is null

)

select * from final
