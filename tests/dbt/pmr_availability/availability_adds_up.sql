{{ config(group='reporting') }}
-- The bands of the week, and the days, add up to the period, and the period is as long as it is.
-- Of a file, so that a failure keeps no model from being built and `--force` can publish:
-- depends_on: {{ ref('mart_pmr_availability__availability') }}
with

figures as (

    select * from {{ ref('int_pmr_availability__figures') }}
    where
        scope_kind = 'service'
        and total_us is not null

),

summed as (

    select
        scope_name,
        scope_part,
        segment,
        {%- for kind in ['total', 'planned', 'unplanned'] %}
        {%- for split in ['ALL', 'band', 'day'] %}
        coalesce(sum({{ kind }}_us) filter (where split = '{{ split }}'), 0) as {{ kind }}_{{ split | lower }}_us,
        {%- endfor %}
        {%- endfor %}
        count(*) as row_count
    from figures
    group by
        scope_name,
        scope_part,
        segment

)

select 'The bands or days of ' || scope_name || ' (' || scope_part || ', ' || segment || ') do not add up.' as says
from summed
where
    total_all_us != greatest(0, {{ duration_us(month_start(), period_end()) }})
    {%- for kind in ['total', 'planned', 'unplanned'] %}
    or {{ kind }}_all_us != {{ kind }}_band_us
    or {{ kind }}_all_us != {{ kind }}_day_us
    {%- endfor %}
