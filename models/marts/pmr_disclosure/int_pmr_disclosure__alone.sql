-- Grain: one row per cell of the industry report: whether it is withheld by itself, before any line is closed.
with

cells as (

    select * from {{ ref('int_pmr_disclosure__cell_pools') }}

),

steps as (

    select * from {{ ref('int_r2__industry_steps') }}

),

segments as (

    select * from {{ ref('segments') }}

),

told_by_roles as (

    -- Where the parties' reports would tell of the withheld roles, the process or SRV has its months and no other cell.
    -- A process has them so for each of its SRVs.
    select
        business_process,
        srv
    from steps
    where not is_rest_standing

),

blank as (

    select distinct cells.cell_id
    from cells
    inner join told_by_roles
        on
            cells.business_process = told_by_roles.business_process
            and told_by_roles.srv in (cells.item, 'ALL')
    inner join segments
        on cells.segment = segments.segment
    where
        (segments.is_region or cells.split in ('day', 'device_type', 'sla_s'))
        and cells.family not in (
            {%- for family in pmr_install_families() %}
            '{{ family }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )

),

final as (

    select
        cells.cell_id,
        (cells.passes_alone or cells.row_count = 0) and blank.cell_id is null as is_open,
        blank.cell_id is not null as is_blank
    from cells
    left join blank
        on cells.cell_id = blank.cell_id

)

select * from final
