-- Grain: one row per cell of the section (family, process, item, segment, split, split_value) and corporate group of
-- the rows that it pools; and one without a group per cell that has its place in a file whether it has rows or not.
with

alert_cells as (

    select * from {{ ref('int_pmr_estate__alert_cells') }}

),

alert_stages as (

    select * from {{ ref('int_pmr_estate__alert_stages') }}

),

install_cells as (

    select * from {{ ref('int_pmr_estate__install_cells') }}

),

estate_cells as (

    select * from {{ ref('int_pmr_estate__estate_cells') }}

),

alert_cells_in_parts as (

    -- At ALL the alerts are shown whole.
    select
        alert_cells.*,
        sum(volume) over (partition by family, segment, split, split_value) as cell_volume
    from alert_cells
    where segment != 'ALL' or split != 'ALL'

),

places as (

    select {{ pmr_cell_key() | join(', ') }}
    from {{ ref('int_pmr_estate__alert_places') }}

    union all

    select {{ pmr_cell_key() | join(', ') }}
    from {{ ref('int_pmr_estate__install_places') }}

),

pools as (

    -- A code of which all were suppressed is judged on these. A place of A1 with none but such has no rows.
    select
        family,
        business_process,
        'ALL' as item,
        segment,
        split,
        split_value,
        corporate_group,
        case when family = 'alerts' and cell_volume = 0 then suppressed else volume end as row_count,
        in_time as share_1_part,
        in_time + late + not_delivered as share_1_whole,
        {{ pmr_no_shares(2) }}
    from alert_cells_in_parts

    {% for stage in alert_stages() -%}
    union all

    select
        {{ alert_stage_key(stage) }},
        corporate_group,
        {{ stage }}_count as row_count,
        {{ pmr_no_shares(1) }}
    from alert_stages
    where alert_code != 'ALL'

    {% endfor -%}
    union all

    select
        family,
        business_process,
        item,
        segment,
        split,
        split_value,
        corporate_group,
        row_count,
        {{ pmr_no_shares(1) }}
    from install_cells

    union all

    select
        family,
        business_process,
        item,
        segment,
        split,
        split_value,
        corporate_group,
        row_count,
        {{ estate_shares() }}
    from estate_cells

    union all

    select
        family,
        business_process,
        item,
        segment,
        split,
        split_value,
        cast(null as string) as corporate_group,
        cast(0 as bigint) as row_count,
        {{ pmr_no_shares(1) }}
    from places

),

final as (

    select
        {{ columns_for(pmr_cell_key(), 'cast($ as string) as $') }},
        corporate_group,
        {{ summed_pool_columns() }}
    from pools
    where row_count > 0 or corporate_group is null
    group by
        {{ pmr_cell_key() | join(',\n        ') }},
        corporate_group

)

select * from final
