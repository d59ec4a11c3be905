{#- Staging reads the contract of a feed (models/staging/_landing__sources.yml) and turns each column
    into its typed value: null where it is missing or not of its form. Identifiers of Devices and meter
    points become their integer keys, under the names `..device_key` and `..mpxn_key`. -#}

{#- CTEs of a `stg_<feed>__landed` model: `typed`, from `landed`. The typed columns of each record, each under its
    staging name, in the contract's order; every reason for which a column alone makes it bad; and where it stands.
    A value is typed once, and its faults are seen by what came of it: a pattern within a `case` is matched each
    time that it is written. -#}
{% macro typed(feed) -%}
    {%- if execute -%}
    {%- set contract = landing_feed(feed) -%}
parsed as {{ inlined() }} (

    select
        {{ parsed_columns(contract) }}
        landed.landed_file,
        landed.landed_row
    from landed

),

typed as {{ inlined() }} (

    select
        {{ staging_columns(feed) | join(',\n        ') }},
        {{ column_reasons(contract) }} as column_reasons,
        landed_file,
        landed_row
    from parsed

),
    {%- endif -%}
{%- endmacro %}


{#- Each column of a feed, typed and as it landed: columns of a select from `landed`, that end in a comma. -#}
{% macro parsed_columns(contract) -%}
    {% for column in contract.columns.values() -%}
        {{ typed_value(column, contract.meta.file_format) }} as {{ staging_name(column) }},
        landed.{{ column.name }} as landed_{{ column.name }},
    {% endfor %}
{%- endmacro %}


{#- The staging names of a feed's columns, in the contract's order. -#}
{% macro staging_columns(feed) -%}
    {%- set names = [] -%}
    {%- if execute -%}
    {%- for column in landing_columns(feed) -%}
        {%- do names.append(staging_name(column)) -%}
    {%- endfor -%}
    {%- endif -%}
    {%- do return(names) -%}
{%- endmacro %}


{% macro staging_name(column) -%}
    {%- set format = column.meta.format -%}
    {%- if format == 'device_id' -%}
        {%- do return(column.name | replace('device_id', 'device_key')) -%}
    {%- elif format in ('mpxn', 'mpan') -%}
        {%- do return(column.name ~ '_key') -%}
    {%- else -%}
        {%- do return(column.name) -%}
    {%- endif -%}
{%- endmacro %}


{#- Every reason for which a column alone makes a row bad, as a list without repeats; null when there is none. -#}
{% macro column_reasons(contract) -%}
    {%- set reasons = [] -%}
    {%- set conditions = [] -%}
    {%- for column in contract.columns.values() -%}
        {%- set typed = staging_name(column) -%}
        {%- set faults = column_faults(column, contract.meta.file_format) -%}
        {%- if column.meta.required -%}
            {#- What is typed was given. -#}
            {%- do conditions.append(typed ~ ' is null') -%}
        {%- elif column.meta.format != 'text' -%}
            {%- do conditions.append('(' ~ faults['bad_format'] ~ ')') -%}
        {%- endif -%}
        {%- if column.meta.is_non_negative -%}
            {%- do conditions.append(faults['negative_value']) -%}
        {%- endif -%}
        {%- if faults -%}
            {%- do reasons.append(first_fault(faults)) -%}
        {%- endif -%}
    {%- endfor -%}
    case
        when
            {{ conditions | join('\n            or ') }}
            then {{ text_list(reasons) }}
    end
{%- endmacro %}


{#- When a column alone makes a row bad, {reason: condition}, in the order of docs/landing.md, "What bad input gets". -#}
{% macro column_faults(column, file_format) -%}
    {%- set typed = staging_name(column) -%}
    {%- set given = is_given(column, file_format) -%}
    {%- set faults = {} -%}
    {%- if column.meta.required -%}
        {%- do faults.update({'missing_required': 'not coalesce(' ~ given ~ ', false)'}) -%}
    {%- endif -%}
    {%- if column.meta.format != 'text' -%}
        {%- do faults.update({'bad_format': typed ~ ' is null and ' ~ given}) -%}
    {%- endif -%}
    {%- if column.meta.is_non_negative -%}
        {%- do faults.update({'negative_value': typed ~ ' < 0'}) -%}
    {%- endif -%}
    {%- do return(faults) -%}
{%- endmacro %}


{#- The first of a column's faults, as a text; null where it has none.

    faults   {reason: condition}
    before   begins the text -#}
{% macro first_fault(faults, before='') -%}
    {%- set whens = [] -%}
    {%- for reason, condition in faults.items() -%}
        {%- do whens.append('when ' ~ condition ~ " then '" ~ before ~ reason ~ "'") -%}
    {%- endfor -%}
    {%- do return('case ' ~ whens | join(' ') ~ ' end') -%}
{%- endmacro %}


{#- Whether one of a feed's ends lies before its start, as the contract has them. -#}
{% macro ends_before_starts(feed) -%}
    {%- set conditions = [] -%}
    {%- if execute -%}
    {%- for column in landing_columns(feed) if column.meta.not_before -%}
        {%- do conditions.append(column.name ~ ' < ' ~ column.meta.not_before) -%}
    {%- endfor -%}
    {%- endif -%}
    {%- do return(conditions | join(' or ') or 'false') -%}
{%- endmacro %}


{#- Whether a record has anything in a column. -#}
{% macro is_given(column, file_format) -%}
    {%- set is_text = file_format == 'csv' or column.data_type == 'varchar' -%}
    landed_{{ column.name }} {{ "!= ''" if is_text else 'is not null' }}
{%- endmacro %}


{#- A column's value in its contract type, or null where it is missing or not of its form. -#}
{% macro typed_value(column, file_format) -%}
    {%- set raw = 'landed.' ~ column.name -%}
    {%- set format = column.meta.format -%}
    {%- set from_text = file_format == 'csv' -%}
    {%- if format == 'text' -%}
        nullif({{ raw }}, '')
    {%- elif format == 'device_id' -%}
        case when {{ matches(raw, form_of(format)) }} then {{ device_key(raw) }} end
    {%- elif format in ('mpxn', 'mpan') -%}
        case when {{ matches(raw, form_of(format)) }} then {{ mpxn_key(raw) }} end
    {%- elif format in ('srv', 'alert_code', 'party_id', 'month') -%}
        case when {{ matches(raw, form_of(format)) }} then {{ raw }} end
    {%- elif format in ('role', 'enumerated') -%}
        case when {{ raw }} in ('{{ (column.meta.get('values') or user_role_codes()) | join("', '") }}') then {{ raw }} end
    {%- elif format == 'boolean' -%}
        {%- if from_text -%}
            case lower({{ raw }}) when 'true' then true when 'false' then false end
        {%- else -%}
            {{ raw }}
        {%- endif -%}
    {%- elif format in ('instant', 'date') -%}
        {%- if from_text -%}
            case when {{ matches(raw, form_of(format)) }} then {{ of_the_calendar(cast_or_null(raw, column.data_type), format) }} end
        {%- else -%}
            {{ of_the_calendar(raw, format) }}
        {%- endif -%}
    {%- elif format in ('whole_number', 'decimal_number') -%}
        {%- set number = bounded_number(column, raw) -%}
        {%- if from_text -%}
            case when {{ matches(raw, form_of(format)) }} then {{ bounded_number(column, raw) }} end
        {%- else -%}
            {{ number }}
        {%- endif -%}
    {%- else -%}
        {{ exceptions.raise_compiler_error("Unknown format '" ~ format ~ "' of column " ~ column.name) }}
    {%- endif -%}
{%- endmacro %}


{#- An instant or date, null outside the years 1 to 9999. -#}
{% macro of_the_calendar(value, format) -%}
    {%- set bounds = {
        'instant': "timestamp '0001-01-01 00:00:00' and timestamp '9999-12-31 23:59:59.999999'",
        'date': "date '0001-01-01' and date '9999-12-31'",
    } -%}
    case when {{ value }} between {{ bounds[format] }} then {{ value }} end
{%- endmacro %}


{#- A number in the column's type, null outside the type's range or the contract's bounds. -#}
{% macro bounded_number(column, raw) -%}
    {%- set number = cast_or_null(raw, column.data_type) -%}
    {%- if column.meta.minimum is defined -%}
        case when {{ number }} between {{ column.meta.minimum }} and {{ column.meta.maximum }} then {{ number }} end
    {%- else -%}
        {{ number }}
    {%- endif -%}
{%- endmacro %}


{#- The written form of an identifier, code, number or date (docs/landing.md, "Key formats"). -#}
{% macro form_of(format) -%}
    {%- set hours = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?' -%}
    {%- set forms = {
        'device_id': '[0-9A-F]{2}(-[0-9A-F]{2}){7}',
        'mpxn': '[0-9]{13}|[0-9]{6,10}',
        'mpan': '[0-9]{13}',
        'srv': '[0-9]+\\.[0-9]+(\\.[0-9]+)?',
        'alert_code': '[0-9A-F]{4}|AD1|N[0-9]+',
        'party_id': '[A-Za-z0-9][A-Za-z0-9_-]{0,31}',
        'month': '[0-9]{4}-(0[1-9]|1[0-2])',
        'date': '[0-9]{4}-[0-9]{2}-[0-9]{2}',
        'instant': '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]' ~ hours,
        'whole_number': '[+-]?[0-9]+',
        'decimal_number': '[+-]?[0-9]+(\\.[0-9]+)?',
    } -%}
    {%- do return(forms[format]) -%}
{%- endmacro %}


{% macro user_role_codes() -%}
    {%- do return(['IS', 'ES', 'GS', 'ED', 'GT', 'RSA', 'OU']) -%}
{%- endmacro %}
