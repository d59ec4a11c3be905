{#- Restatements: industry figures that were published stay as they are while the rows that have changed since
    belong to too few corporate groups; shown beside the earlier version, a new figure would give those rows away.

    `int_restatement__reports` decides it for each role's report (no row is in two of them), and
    `int_restatement__kept_figures` has what was published. Every mart with industry figures ends in
    `with_kept_figures` or `with_kept_league`. -#}

{#- A text without the apostrophe that a published file puts before what a spreadsheet would run. -#}
{% macro without_apostrophe(text) -%}
    ltrim({{ text }}, '''')
{%- endmacro %}


{#- Aggregate: firmware versions of a model as one text, an unknown one among them. -#}
{% macro version_list(firmware_version) -%}
    {{ joined_text("coalesce(" ~ without_apostrophe(firmware_version) ~ ", '')", ' | ') }}
{%- endmacro %}


{#- The rows of a published file that are no longer as they were, or that are new: one row per recipient with any.
    For a select in a model with the CTEs `published`, `published_reports` and `recipients`.

    report, file   which file
    now   name of the CTE with party_key and the columns, as they are now
    columns   own columns of the file: its cell, and the figures of it
    volume   the one of them without which a row says nothing -#}
{% macro restated_recipients(report, file, now, columns, volume) -%}
    select distinct
        '{{ report }}' as report,
        either.party_id,
        either.role
    from (
        select
            recipients.party_id,
            recipients.role,
            {%- for column in columns %}
            {{ now }}.{{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ now }}
        inner join recipients on {{ now }}.party_key = recipients.party_key and recipients.report = '{{ report }}'
        inner join published_reports on recipients.role = published_reports.role and published_reports.report = '{{ report }}'
        where {{ now }}.{{ volume }} > 0

        union all

        select
            party_id,
            role,
            {%- for column in columns %}
            {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from published
        where report = '{{ report }}' and file = '{{ file }}' and {{ volume }} > 0
    ) as either
    group by
        either.party_id,
        either.role,
        {%- for column in columns %}
        either.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    -- A row that is as it was is there twice.
    having count(*) != 2
{%- endmacro %}


{#- The select that a mart with industry figures ends in: its rows as reckoned, with the industry's figures as
    published where the role's report keeps them. A cell that was published to nobody has none, and says so.

    reckoned   CTE with the mart's rows
    kept   CTE with int_restatement__kept_figures
    report, file   which file it is
    columns   all columns of the mart, in order
    cell   those (and further ones of `reckoned`) that tell whose figures of the industry a row has
    figures   those that are the same for every recipient of the role
    own_figures   those that were published to the recipient alone
    texts   those of `cell` that are free text -#}
{% macro with_kept_figures(reckoned, kept, report, file, columns, cell, figures, own_figures=[], texts=[]) -%}
    {%- set flags = ['industry_suppressed'] -%}
    select
        {%- for column in columns %}
        {% if column in figures -%}
        case when kept_roles.role is null then {{ reckoned }}.{{ column }} else shown.{{ column }} end as {{ column }}
        {%- elif column in own_figures -%}
        case when kept_roles.role is null then {{ reckoned }}.{{ column }} else shown_to_recipient.{{ column }} end
            as {{ column }}
        {%- elif column in flags -%}
        case when kept_roles.role is null then {{ reckoned }}.{{ column }} else coalesce(shown.{{ column }}, true) end
            as {{ column }}
        {%- else -%}
        {{ reckoned }}.{{ column }}
        {%- endif -%}
        {{ ',' if not loop.last }}
        {%- endfor %}
    from {{ reckoned }}
    left join (select distinct role from {{ kept }} where report = '{{ report }}') as kept_roles
        on {{ reckoned }}.role = kept_roles.role
    left join (
        select distinct role, {{ (cell + figures + flags) | join(', ') }}
        from {{ kept }}
        where report = '{{ report }}' and file = '{{ file }}'
    ) as shown
        on {{ same_cell(reckoned, 'shown', cell, texts) }}
    {%- if own_figures %}
    left join (
        select party_id, role, {{ (cell + own_figures) | join(', ') }}
        from {{ kept }}
        where report = '{{ report }}' and file = '{{ file }}'
    ) as shown_to_recipient
        on
            {{ reckoned }}.party_id = shown_to_recipient.party_id
            and {{ same_cell(reckoned, 'shown_to_recipient', cell, texts) }}
    {%- endif %}
{%- endmacro %}


{#- The select that a league table ends in: its rows as reckoned, or, where the role's report keeps its industry
    figures, as published to the recipient. A recipient that is new to a cell has its own row, not ranked, and
    its peers as published to another.

    reckoned   CTE with the league's rows
    own_rows   CTE with those of them that are a recipient's own
    kept   CTE with int_restatement__kept_figures
    report, file   which file it is
    cell   columns that tell one league of the role from another
    rate   the column with a party's share
    texts   those of `cell` that are free text -#}
{% macro with_kept_league(reckoned, own_rows, kept, report, file, cell, rate, texts=[]) -%}
    {%- set columns = ['reporting_month', 'party_id', 'role'] + cell -%}
    {%- set kept_roles = "(select distinct role from " ~ kept ~ " where report = '" ~ report ~ "') as kept_roles" -%}
    {%- set rows_of_file = "from " ~ kept ~ " where report = '" ~ report ~ "' and file = '" ~ file ~ "'" -%}
    -- Not kept.
    select
        {{ reckoned }}.{{ columns | join(', ' ~ reckoned ~ '.') }},
        {{ reckoned }}.rank,
        {{ reckoned }}.{{ rate }},
        {{ reckoned }}.is_recipient
    from {{ reckoned }}
    left join {{ kept_roles }} on {{ reckoned }}.role = kept_roles.role
    where kept_roles.role is null

    union all

    -- Kept: what the recipient was shown.
    select
        {{ own_rows }}.{{ columns | join(', ' ~ own_rows ~ '.') }},
        shown.rank,
        shown.{{ rate }},
        shown.is_recipient
    from {{ own_rows }}
    inner join (select * {{ rows_of_file }}) as shown
        on
            {{ own_rows }}.party_id = shown.party_id
            and {{ same_cell(own_rows, 'shown', cell, texts) }}

    union all

    -- Kept, and the recipient was shown nothing: its own row, and then its peers.
    select
        {{ own_rows }}.{{ columns | join(', ' ~ own_rows ~ '.') }},
        case when not sides.is_recipient then shown.rank end as rank,
        case when sides.is_recipient then {{ own_rows }}.{{ rate }} else shown.{{ rate }} end as {{ rate }},
        sides.is_recipient
    from {{ own_rows }}
    inner join {{ kept_roles }} on {{ own_rows }}.role = kept_roles.role
    left join (select distinct party_id, role, {{ cell | join(', ') }} {{ rows_of_file }}) as known
        on
            {{ own_rows }}.party_id = known.party_id
            and {{ same_cell(own_rows, 'known', cell, texts) }}
    cross join (select true as is_recipient union all select false as is_recipient) as sides
    left join (
        select
            ranked.*,
            dense_rank() over (partition by role, {{ cell | join(', ') }} order by party_id) as reader_number
        from (select * {{ rows_of_file }} and rank is not null) as ranked
    ) as shown
        on
            not sides.is_recipient
            and shown.reader_number = 1
            and {{ same_cell(own_rows, 'shown', cell, texts) }}
    where
        known.role is null
        and (sides.is_recipient or shown.role is not null)
{%- endmacro %}


{#- True when rows of two relations are of one role and cell; free text as published files have it. -#}
{% macro same_cell(reckoned, shown, cell, texts) -%}
    {{ reckoned }}.role = {{ shown }}.role
    {%- for column in cell %}
            and {{ without_apostrophe(reckoned ~ '.' ~ column) if column in texts else reckoned ~ '.' ~ column -}}
            {{- ' ' }}is not distinct from {{ shown }}.{{ column }}
    {%- endfor %}
{%- endmacro %}
