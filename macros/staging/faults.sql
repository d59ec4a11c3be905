{#- What is wrong with a refused record, column by column, and what would be right: for whoever sent it. -#}

{#- A feed's faults: {name: {column_name, reason, expected}}. The name is `<column>/<reason>`, or the reason alone where a
    model finds it and the contract says which columns it looks at. -#}
{% macro faults_of(feed) -%}
    {%- set contract = landing_feed(feed) -%}
    {%- set found = {} -%}
    {%- for column in contract.columns.values() -%}
        {%- for reason in column_faults(column, contract.meta.file_format) -%}
            {%- do found.update({
                column.name ~ '/' ~ reason:
                    {'column_name': column.name, 'reason': reason, 'expected': right_value(column, reason)},
            }) -%}
        {%- endfor -%}
        {%- if column.meta.not_before -%}
            {%- do found.update({
                column.name ~ '/ends_before_starts': {
                    'column_name': column.name,
                    'reason': 'ends_before_starts',
                    'expected': 'not before ' ~ column.meta.not_before,
                },
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for reason, columns in (contract.meta.reasons_of_columns or {}).items() -%}
        {%- do found.update({
            reason: {
                'column_name': columns | join(', '), 'reason': reason, 'expected': right_columns(feed, reason, columns),
            },
        }) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{%- endmacro %}


{#- The names of the faults that a record has, as a list: expressions over its columns, typed and as they landed. -#}
{% macro fault_names(feed) -%}
    {%- set contract = landing_feed(feed) -%}
    {%- set names = [] -%}
    {%- set of_columns = {} -%}
    {%- for column in contract.columns.values() -%}
        {%- set faults = column_faults(column, contract.meta.file_format) -%}
        {%- if faults -%}
            {%- do names.append(first_fault(faults, column.name ~ '/')) -%}
        {%- endif -%}
        {%- if column.meta.not_before -%}
            {%- set condition = column.name ~ ' < ' ~ column.meta.not_before -%}
            {%- do names.append(first_fault({'ends_before_starts': condition}, column.name ~ '/')) -%}
        {%- endif -%}
        {%- for reason, condition in faults.items() -%}
            {%- do of_columns.setdefault(reason, []).append('(' ~ condition ~ ')') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for reason in contract.meta.reasons_of_columns or {} -%}
        {#- Where a single column gives it, that one is named. -#}
        {%- set given = list_has('reasons', reason) -%}
        {%- set otherwise = ' and not coalesce(' ~ of_columns[reason] | join(' or ') ~ ', false)' if reason in of_columns else '' -%}
        {%- do names.append(first_fault({reason: given ~ otherwise})) -%}
    {%- endfor -%}
    {%- do return(text_list(names)) -%}
{%- endmacro %}


{#- A property of the fault that is named, as a text.

    name       expression
    property   column_name, reason or expected -#}
{% macro fault_property(feed, name, property) -%}
    case {{ name }}
        {%- for fault, properties in faults_of(feed).items() %}
        when '{{ fault }}' then {{ text_literal(properties[property]) }}
        {%- endfor %}
    end
{%- endmacro %}


{#- What a column must hold, in words. -#}
{% macro right_value(column, reason) -%}
    {%- if reason == 'negative_value' -%}
        {%- do return('0 or more') -%}
    {%- endif -%}
    {%- set words = {
        'text': 'a text',
        'device_id': 'eight pairs of upper-case hex digits, joined by hyphens',
        'mpxn': '13 digits of an MPAN, or 6 to 10 of an MPRN',
        'mpan': '13 digits of an MPAN',
        'srv': 'two or three numbers, joined by dots',
        'alert_code': 'four upper-case hex digits, AD1, or N and a number',
        'party_id': '1 to 32 letters, digits, _ and -, of which the first is a letter or digit',
        'role': 'one of ' ~ user_role_codes() | join(', '),
        'enumerated': 'one of ' ~ (column.meta.get('values') or []) | join(', '),
        'month': 'YYYY-MM',
        'boolean': 'true or false',
        'instant': 'YYYY-MM-DDTHH:MM:SS in UTC, of the calendar, in the years 1 to 9999',
        'date': 'YYYY-MM-DD, of the calendar, in the years 1 to 9999',
        'whole_number': 'a whole number',
        'decimal_number': 'a number, with decimals or without',
    } -%}
    {%- set bounds = ' from ' ~ column.meta.minimum ~ ' to ' ~ column.meta.maximum if column.meta.minimum is defined else '' -%}
    {%- do return(words[column.meta.format] ~ bounds) -%}
{%- endmacro %}


{#- What some columns must hold together, in words. -#}
{% macro right_columns(feed, reason, columns) -%}
    {%- set words = {
        'unknown_party': 'a party and role of the list parties' ~ {
            'service_requests': ', active at ' ~ columns[-1],
            'alerts': ', active at ' ~ columns[-1],
            'registrations': '; the network operator is one in the role ED',
        }.get(feed, ''),
        'unknown_report_status': 'a number from 1 to 37',
        'numerator_above_denominator': 'a numerator up to the denominator',
        'bad_format': 'one way to write it, in upper and lower case, on a day',
    } -%}
    {%- do return(words[reason]) -%}
{%- endmacro %}
