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


{#- A select of the findings where the own success rate lies far below the industry's.

    figures   CTE with party_id, role, the subject columns, own_volume, own_success_rate and industry_success_rate
    subject   list of the columns that say of what the figures are; the last of them has the total `ALL` -#}
{% macro below_industry(figures, subject) -%}
    select
        {{ finding_of('below_industry', subject) }},
        cast(own_success_rate as decimal(18, 6)) as own_value,
        cast(industry_success_rate as decimal(18, 6)) as reference_value,
        'share' as unit,
        own_volume as affected_count
    from {{ figures }}
    where
        {{ subject[-1] }} != 'ALL'
        and own_volume >= {{ var('finding_minimum_count') }}
        and own_success_rate <= industry_success_rate - {{ var('finding_rate_gap') }}
{%- endmacro %}


{#- A select of the findings where the own median lies far above the industry's.

    figures   CTE with party_id, role, the subject columns, own_measured, own_median_s and industry_median_s
    subject   see `below_industry` -#}
{% macro slower_than_industry(figures, subject) -%}
    select
        {{ finding_of('slower_than_industry', subject) }},
        cast(own_median_s as decimal(18, 6)) as own_value,
        cast(industry_median_s as decimal(18, 6)) as reference_value,
        's' as unit,
        own_measured as affected_count
    from {{ figures }}
    where
        {{ subject[-1] }} != 'ALL'
        and own_measured >= {{ var('finding_minimum_count') }}
        and own_median_s > industry_median_s
        and own_median_s >= industry_median_s * {{ var('finding_speed_ratio') }}
{%- endmacro %}


{#- A select of the findings where most failures of a subject have one thing in common.

    failures   CTE with party_id, role, the subject columns, the dimensions and the count; `inlined` where it is wide,
        for it is read once per dimension
    subject   see `below_industry`
    dimensions   list of the columns that failures may have in common
    count   column with the number of failures of a row -#}
{% macro failures_gather(failures, subject, dimensions, count) -%}
    select
        {{ finding_of('failures_gather', subject, 'dimension', 'dimension_value') }},
        {{ share('failure_count', 'all_failure_count', 6) }} as own_value,
        cast(null as decimal(18, 6)) as reference_value,
        'share' as unit,
        failure_count as affected_count
    from (
        select
            gathered.*,
            cast(
                sum(failure_count) over (
                    partition by party_id, role, {{ subject | join(', ') }}, dimension
                ) as bigint
            ) as all_failure_count
        from (
            {%- for dimension in dimensions %}
            {{ 'union all' if not loop.first }}
            select
                party_id,
                role,
                {{ subject | join(',\n                ') }},
                '{{ dimension }}' as dimension,
                {{ dimension }} as dimension_value,
                cast(sum({{ count }}) as bigint) as failure_count
            from {{ failures }}
            group by
                party_id,
                role,
                {{ subject | join(',\n                ') }},
                {{ dimension }}
            {%- endfor %}
        ) as gathered
    ) as totals
    where {{ do_gather('failure_count', 'all_failure_count', 'dimension_value') }}
{%- endmacro %}


{#- Columns: who is told what of which subject. -#}
{% macro finding_of(finding, subject, dimension='cast(null as varchar)', dimension_value='cast(null as varchar)') -%}
    party_id,
        role,
        '{{ finding }}' as finding,
        {{ subject | join(',\n        ') }},
        {{ dimension }} as dimension,
        {{ dimension_value }} as dimension_value
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
