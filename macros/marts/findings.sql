{#- The select that every findings mart ends in: the findings of those who are owed the report, numbered by
    how many requests, alerts or Devices they are about, the most first.

    findings      CTE with party_id, role, finding, its subject columns, own_value, reference_value, unit
                  and affected_count
    obligations   CTE with the recipients of the report
    subjects      which of the subject columns the findings of this area have; the others are empty -#}
{% macro numbered_findings(findings, obligations, subjects) -%}
    {%- set all_subjects = ['business_process', 'srv', 'alert_code', 'dimension', 'dimension_value'] -%}
    select
        {{ obligations }}.reporting_month,
        {{ obligations }}.party_id,
        {{ obligations }}.role,
        row_number() over (
            partition by {{ findings }}.party_id, {{ findings }}.role
            order by
                {{ findings }}.affected_count desc,
                {{ findings }}.finding asc
                {%- for subject in all_subjects if subject in subjects %},
                {{ findings }}.{{ subject }} asc nulls last
                {%- endfor %},
                {{ findings }}.own_value asc,
                {{ findings }}.reference_value asc nulls last
        ) as position,
        {{ findings }}.finding,
        {%- for subject in all_subjects %}
        {% if subject in subjects %}{{ findings }}.{{ subject }}{% else %}cast(null as varchar) as {{ subject }}{% endif %},
        {%- endfor %}
        cast({{ findings }}.own_value as decimal(18, 6)) as own_value,
        cast({{ findings }}.reference_value as decimal(18, 6)) as reference_value,
        {{ findings }}.unit,
        {{ findings }}.affected_count
    from {{ findings }}
    inner join {{ obligations }}
        on
            {{ findings }}.party_id = {{ obligations }}.party_id
            and {{ findings }}.role = {{ obligations }}.role
{%- endmacro %}


{#- True when enough failures gather on one value of a dimension; where all have it, or it is not known, it says
    nothing. -#}
{% macro do_gather(part, whole, value) -%}
    (
        {{ whole }} >= {{ var('finding_minimum_count') }}
        and {{ part }} >= {{ whole }} * {{ var('finding_gather_share') }}
        and {{ part }} < {{ whole }}
        and {{ value }} != 'Unknown'
    )
{%- endmacro %}
