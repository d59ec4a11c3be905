-- The shown codes and those that are withheld together add up to ALL, unless codes are withheld and not told together.
{% set counts = ['volume'] + alert_counts() -%}
with

alerts as (

    select * from {{ ref('mart_pmr_estate__alerts') }}

),

added as (

    select
        {{ columns_for(counts, "sum($) filter (where alert_code = 'ALL') as all_$") }},
        {{ columns_for(counts, "sum($) filter (where alert_code != 'ALL') as parts_$") }},
        coalesce(bool_or(alert_code = 'Withheld'), false) as is_told_together,
        coalesce(bool_or(volume is null), false) as is_any_withheld
    from alerts

)

select 'alerts.csv: the codes do not add up to ALL' as says
from added
where
    (is_told_together or not is_any_withheld)
    and not (
        {% for count in counts -%}
        {{ 'and ' if not loop.first }}all_{{ count }} is not distinct from parts_{{ count }}
        {% endfor -%}
    )
