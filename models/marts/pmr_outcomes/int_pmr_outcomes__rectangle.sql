-- Grain: one row per cell that a family of the section has in the report, with rows or without.
with

measures as (

    select * from {{ ref('pmr_measures') }}

),

measure_feeds as (

    select * from {{ ref('pmr_measure_feeds') }}

),

feeds as (

    select * from {{ ref('dim_landing_feeds') }}

),

segments as (

    select * from {{ ref('segments') }}

),

device_types as (

    select * from {{ ref('device_types') }}

),

families as (

    {% for family, told in outcome_families().items() -%}
    {{ 'union all ' if not loop.first }}select
        '{{ family }}' as family,
        '{{ told.measure }}' as measure_id,
        '{{ told.cell }}' as cell_family
    {% endfor %}

),

splits as (

    select
        'ALL' as split,
        'ALL' as split_value

    union all

    select
        'device_type' as split,
        device_type as split_value
    from device_types

    union all

    select
        'device_type' as split,
        'Unknown' as split_value

),

final as (

    select
        families.family,
        measures.business_process,
        coalesce(measures.srv, 'ALL') as item,
        segments.segment,
        splits.split,
        splits.split_value,
        families.cell_family,
        measures.smets1 != 'false' or segments.segment != 'SMETS1' as is_applicable,
        feeds.is_loaded
    from families
    inner join measures
        on families.measure_id = measures.measure_id
    inner join measure_feeds
        on families.measure_id = measure_feeds.measure_id
    inner join feeds
        on measure_feeds.feed = feeds.feed
    inner join segments
        on segments.segment != 'ALL'
    inner join splits
        on splits.split = 'ALL' or (measures.splits = splits.split and not segments.is_region)

)

select * from final
