{#- What a report has pages of (docs/definitions.md, "Subjects"): business processes, alert codes, Device Types or Energy
    Suppliers, those with findings first. -#}

{#- The select that every mart of subjects ends in: the subjects that have a finding or are among the five largest, in the
    order of their pages.

    volumes   CTE with party_id, role, the subject and its volume, a row for each subject of a recipient
    findings   CTE with party_id, role, the subject and affected_count, in any number of rows per subject; those of what is
        not in `volumes` belong to no subject
    obligations   CTE with the recipients of the report
    subject   name of the subject's column -#}
{% macro placed_subjects(volumes, findings, obligations, subject) -%}
    {#- The word of the contract, `among the five largest`, has the number. -#}
    {%- set largest = 5 -%}
    with found as (
        select
            party_id,
            role,
            {{ subject }},
            cast(sum(affected_count) as bigint) as affected_count
        from {{ findings }}
        group by
            party_id,
            role,
            {{ subject }}
    ),

    sized as (
        select
            {{ volumes }}.*,
            found.affected_count,
            row_number() over (
                partition by {{ volumes }}.party_id, {{ volumes }}.role
                order by {{ volumes }}.volume desc, {{ volumes }}.{{ subject }}
            ) as place_by_volume
        from {{ volumes }}
        left join found
            on
                {{ volumes }}.party_id = found.party_id
                and {{ volumes }}.role = found.role
                and {{ volumes }}.{{ subject }} = found.{{ subject }}
    ),

    chosen as (
        select
            party_id,
            role,
            {{ subject }},
            case when affected_count is not null then 'finding' else 'among the five largest' end as reason,
            coalesce(affected_count, 0) as affected_count,
            volume
        from sized
        where
            affected_count is not null
            or (place_by_volume <= {{ largest }} and volume > 0)
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by party_id, role
                order by affected_count desc, volume desc, {{ subject }}
            ) as position
        from chosen
    )

    select
        {{ obligations }}.reporting_month,
        {{ obligations }}.party_id,
        {{ obligations }}.role,
        cast(placed.position as bigint) as position,
        {%- for column in ['business_process', 'alert_code', 'device_type', 'energy_supplier_id'] %}
        {% if column == subject %}placed.{{ column }}{% else %}cast(null as string) as {{ column }}{% endif %},
        {%- endfor %}
        placed.reason,
        placed.affected_count,
        placed.volume,
        placed.position <= {{ var('pages_of_subjects') }} as has_page
    from placed
    inner join {{ obligations }}
        on
            placed.party_id = {{ obligations }}.party_id
            and placed.role = {{ obligations }}.role
{%- endmacro %}
