{{ config(group='reporting') }}
-- subjects.csv has every Device Type, process, alert code and Energy Supplier with a finding, and all that is affected.
{% set areas = {
    'mart_r1_': ('device_type', 'dimension_value'),
    'mart_r2_': ('business_process', 'business_process'),
    'mart_r3_': ('alert_code', 'alert_code'),
    'mart_r3__network_operator': ('energy_supplier_id', 'dimension_value'),
} -%}
with

told as (

    {% for area, (subject, column) in areas.items() -%}
    {{ 'union all' if not loop.first }}
    select
        '{{ area }}' as area,
        party_id,
        role,
        {{ subject }} as subject,
        affected_count as subject_count,
        0 as finding_count
    from {{ ref(area ~ '_subjects') }}

    union all

    select
        '{{ area }}' as area,
        party_id,
        role,
        {{ column }} as subject,
        0 as subject_count,
        affected_count as finding_count
    from {{ ref(area ~ '_findings') }}
    where
        {{ column }} is not null
        and {{ column }} != 'ALL'
    {% endfor %}

)

select
    area,
    party_id,
    role,
    subject,
    sum(subject_count) as sum_of_subjects,
    sum(finding_count) as sum_of_findings
from told
group by
    area,
    party_id,
    role,
    subject
having sum(subject_count) != sum(finding_count)
