-- Grain: one row per cell of the section (family, process, item, segment, split, split_value) and amount: what the
-- cell's figures are made of, before disclosure.
with

alert_cells as (

    select * from {{ ref('int_pmr_estate__alert_cells') }}

),

alert_stages as (

    select * from {{ ref('int_pmr_estate__alert_stages') }}

),

alert_places as (

    select * from {{ ref('int_pmr_estate__alert_places') }}

),

install_cells as (

    select * from {{ ref('int_pmr_estate__install_cells') }}

),

estate_cells as (

    select * from {{ ref('int_pmr_estate__estate_cells') }}

),

install_places as (

    select * from {{ ref('int_pmr_estate__install_places') }}

),

{% set key = pmr_cell_key() -%}

amounts as (

    {% for count in ['volume'] + alert_counts() -%}
    {{ 'union all\n\n    ' if not loop.first }}select
        family,
        business_process,
        'ALL' as item,
        segment,
        split,
        split_value,
        '{{ count }}' as amount_name,
        cast({{ count }} as {{ wide_integer() }}) as amount
    from alert_cells

    union all

    select
        {{ key | join(',\n        ') }},
        '{{ count }}' as amount_name,
        cast(0 as {{ wide_integer() }}) as amount
    from alert_places

    {% endfor -%}

    {% for stage in alert_stages() -%}
    {%- for amount in ['sum_ms', 'count'] -%}
    union all

    select
        {{ alert_stage_key(stage) }},
        '{{ amount }}' as amount_name,
        cast({{ stage }}_{{ amount }} as {{ wide_integer() }}) as amount
    from alert_stages

    {% endfor -%}
    {%- endfor -%}
    union all

    select
        {{ key | join(',\n        ') }},
        'value' as amount_name,
        cast(value as {{ wide_integer() }}) as amount
    from install_cells

    union all

    select
        {{ key | join(',\n        ') }},
        'value' as amount_name,
        cast(0 as {{ wide_integer() }}) as amount
    from install_places

    {% for count in ['row_count'] + estate_counts() -%}
    union all

    select
        {{ key | join(',\n        ') }},
        '{{ count }}' as amount_name,
        cast({{ count }} as {{ wide_integer() }}) as amount
    from estate_cells

    {% endfor -%}
),

final as (

    select
        {{ key | join(',\n        ') }},
        amount_name,
        cast(sum(amount) as {{ wide_integer() }}) as amount
    from amounts
    group by
        {{ key | join(',\n        ') }},
        amount_name

)

select * from final
