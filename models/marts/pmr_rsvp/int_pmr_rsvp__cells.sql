-- Grain: one row per cell of the section that the report has, with rows or none.
{%- set columns = pmr_cell_key() %}
with

rectangle as (

    select * from {{ ref('int_pmr_rsvp__rectangle') }}
    where is_applicable

),

pairs as (

    select * from {{ ref('pmr_processes') }}

),

segments as (

    select * from {{ ref('segments') }}
    where segment != 'ALL'

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

requests as (

    select
        business_process,
        srv as item,
        segment,
        split,
        split_value
    from rectangle

    union all

    select
        rectangle.business_process,
        rectangle.srv as item,
        rectangle.segment,
        'day' as split,
        cast(days.day as string) as split_value
    from rectangle
    cross join days
    where rectangle.split = 'ALL' and (rectangle.srv = 'ALL' or rectangle.segment in ('SMETS2', 'SMETS1'))

),

process_types as (

    select
        business_process,
        segment,
        split,
        split_value
    from rectangle
    where srv = 'ALL' and split = 'device_type'

),

-- The measures over other rows; of which process and SRV, and whether by Device Type too.
measures as (

    {% for family, business_process, item, by_type in [
        ('CPM1', '', 'ALL', false),
        ('CPM2', '', 'ALL', false),
        ('OMR-B1a', 'Scheduling', '5.1', false),
        ('OMR-B1b', 'Meter Reads', 'ALL', false),
        ('OMR-B2', 'Meter Reads', '4.6.1', true),
        ('PP2', 'Prepayment', 'ALL', true),
    ] -%}
    {{ 'union all ' if not loop.first }}select
        '{{ family }}' as family,
        '{{ business_process }}' as business_process,
        '{{ item }}' as item,
        {{ by_type }} as is_by_type
    {% endfor %}

),

final as (

    {% for family in ['rsvp', 'rsvp:rtt', 'rsvp:network'] -%}
    select
        '{{ family }}' as family,
        business_process,
        item,
        segment,
        split,
        split_value
    from requests
    {%- if family == 'rsvp:network' %}
    where split != 'day'
    {%- endif %}

    union all

    {% endfor -%}
    -- The activations by Device Type: a measure of SMETS2 on one SRV.
    select
        'rsvp' as family,
        business_process,
        '{{ activation_srv() }}' as item,
        segment,
        split,
        split_value
    from process_types
    where business_process = 'Update Device Firmware' and segment = 'SMETS2'

    union all

    select
        measures.family,
        measures.business_process,
        measures.item,
        segments.segment,
        'ALL' as split,
        'ALL' as split_value
    from measures
    cross join segments

    union all

    select
        measures.family,
        measures.business_process,
        measures.item,
        process_types.segment,
        process_types.split,
        process_types.split_value
    from measures
    inner join process_types
        on measures.business_process = process_types.business_process
    where measures.is_by_type

    union all

    select
        'ITER' as family,
        business_process,
        'ALL' as item,
        segment,
        'ALL' as split,
        'ALL' as split_value
    from rectangle
    where srv = 'ALL' and split = 'ALL'

    union all

    select
        'failures' as family,
        pairs.business_process,
        pairs.srv as item,
        segments.segment,
        'ALL' as split,
        'ALL' as split_value
    from pairs
    cross join segments
    where
        segments.segment in ('SMETS2', 'SMETS1')
        and {{ is_applicable('segments.segment', 'pairs.smets1_applies') }}

)

select {{ columns | join(', ') }} from final
