{#- What stands out (docs/definitions.md, "Findings"): more failures than a reference lets expect, beyond what chance explains.
    Integers all the way, without a root. A cell has n requests (alerts) and f failures; its reference has b failures of m.
    Then f x m - n x b is m times the excess. An excess of 2.5 x 10^8 requests against as many squares to 4 x 10^33,
    and whole numbers go to 10^38. -#}

{#- The failures beyond those that the reference lets expect, times the reference's volume: below 0 where they are fewer. -#}
{% macro excess_product(volume, failures, reference_volume, reference_failures) -%}
    (
        cast({{ failures }} as {{ wide_integer() }}) * {{ reference_volume }}
        - cast({{ volume }} as {{ wide_integer() }}) * {{ reference_failures }}
    )
{%- endmacro %}


{#- The failures beyond those that the reference lets expect, rounded to some decimals half away from zero; below 0 where
    they are fewer. Null without a reference.

    volume, failures   whole numbers of the cell, as SQL
    reference_volume, reference_failures   whole numbers of the reference; `1000` and `failures_in_thousand` of a printed rate
    decimals   1 to 6; for whole failures `whole_excess` -#}
{% macro excess_failures(volume, failures, reference_volume, reference_failures, decimals) -%}
    cast(
        {{ rounded_excess(volume, failures, reference_volume, reference_failures, decimals) }}
        * cast({{ '%.*f' | format(decimals, 10 ** -decimals) }} as decimal({{ decimals + 1 }}, {{ decimals }}))
        as decimal({{ 15 + decimals }}, {{ decimals }})
    )
{%- endmacro %}


{#- The failures beyond those that the reference lets expect, in whole failures; see `excess_failures`. -#}
{% macro whole_excess(volume, failures, reference_volume, reference_failures) -%}
    {{ rounded_excess(volume, failures, reference_volume, reference_failures, 0) }}
{%- endmacro %}


{#- The excess in units of 10^-decimals: (2 x 10^decimals x product + or - volume) / (2 x volume), cut towards 0. -#}
{% macro rounded_excess(volume, failures, reference_volume, reference_failures, decimals) -%}
    {%- set product = excess_product(volume, failures, reference_volume, reference_failures) -%}
    cast(
        {{ whole_quotient(
            (2 * 10 ** decimals) ~ ' * ' ~ product
            ~ ' + case when ' ~ product ~ ' < 0 then -1 else 1 end * ' ~ reference_volume,
            'nullif(2 * ' ~ reference_volume ~ ', 0)'
        ) }} as bigint
    )
{%- endmacro %}


{#- The failures that a printed rate of 3 decimals lets expect of 1,000. -#}
{% macro failures_in_thousand(success_rate) -%}
    cast(1000 * (1 - {{ success_rate }}) as bigint)
{%- endmacro %}


{#- True where the failures of a cell stand out against the reference's share: at least `finding_minimum_count` requests,
    a rate at least `finding_rate_gap` below the reference's, and an excess whose square is at least `finding_z` squared
    times n x q x (1 - q), the variance that chance gives. False without a reference. See `excess_failures`. -#}
{% macro is_standing_out(volume, failures, reference_volume, reference_failures) -%}
    {%- set product = excess_product(volume, failures, reference_volume, reference_failures) -%}
    coalesce(
        {{ is_far_below(volume, reference_volume, product) }}
        and {{ product }} * {{ product }} >= {{ whole_quotient(
            squared_z() ~ ' * cast(' ~ volume ~ ' as ' ~ wide_integer() ~ ') * ' ~ reference_failures
            ~ ' * (' ~ reference_volume ~ ' - ' ~ reference_failures ~ ') + 9999',
            '10000'
        ) }},
        false
    )
{%- endmacro %}


{#- True where the failures of a cell stand out against those of the same cell the month before: `is_standing_out`, but the
    chance of both months counts (the pooled two-sample form), and both are of at least `finding_minimum_count` requests. With
    F failures of N requests in both months together, product^2 / (n x m) >= z^2 x F x (N - F) / N. Each side is compared by its
    whole quotient first and then by its rest, for the products of both would be too large. -#}
{% macro is_worse_than_before(volume, failures, volume_before, failures_before) -%}
    {%- set product = excess_product(volume, failures, volume_before, failures_before) -%}
    {%- set wide = wide_integer() -%}
    {%- set both = '(' ~ volume ~ ' + ' ~ volume_before ~ ')' -%}
    {%- set failed = '(' ~ failures ~ ' + ' ~ failures_before ~ ')' -%}
    {%- set square = product ~ ' * ' ~ product -%}
    {%- set volumes = '(cast(' ~ volume ~ ' as ' ~ wide ~ ') * ' ~ volume_before ~ ')' -%}
    {%- set chance = squared_z() ~ ' * cast(' ~ failed ~ ' as ' ~ wide ~ ') * (' ~ both ~ ' - ' ~ failed ~ ')' -%}
    {%- set whole = '(10000 * cast(' ~ both ~ ' as ' ~ wide ~ '))' -%}
    coalesce(
        {{ volume_before }} >= {{ var('finding_minimum_count') }}
        and {{ is_far_below(volume, volume_before, product) }}
        and {{ is_fraction_at_least(square, volumes, chance, whole) }},
        false
    )
{%- endmacro %}


{#- True where a cell is of enough requests, has an excess, and a rate far enough below the reference's.

    product   `excess_product` of both -#}
{% macro is_far_below(volume, reference_volume, product) -%}
    {{ volume }} >= {{ var('finding_minimum_count') }}
        and {{ product }} > 0
        and 1000000 * {{ product }}
        >= {{ in_units(var('finding_rate_gap'), 6) }} * cast({{ volume }} as {{ wide_integer() }}) * {{ reference_volume }}
{%- endmacro %}


{#- True where one fraction of whole numbers, none of them below 0, is at least another. -#}
{% macro is_fraction_at_least(part, whole, other_part, other_whole) -%}
    {%- set quotient = whole_quotient(part, 'nullif(' ~ whole ~ ', 0)') -%}
    {%- set other_quotient = whole_quotient(other_part, 'nullif(' ~ other_whole ~ ', 0)') -%}
    (
        {{ quotient }} > {{ other_quotient }}
        or (
            {{ quotient }} = {{ other_quotient }}
            and ({{ part }} - {{ quotient }} * {{ whole }}) * {{ other_whole }}
            >= ({{ other_part }} - {{ other_quotient }} * {{ other_whole }}) * {{ whole }}
        )
    )
{%- endmacro %}


{#- The square of `finding_z`, in units of 0.0001. -#}
{% macro squared_z() -%}
    {{ in_units(var('finding_z'), 2) | int ** 2 }}
{%- endmacro %}


{#- A variable in units of 10^-decimals, as a whole number; an error where it has more decimals. -#}
{% macro in_units(value, decimals) -%}
    {%- set units = (value * 10 ** decimals) | round | int -%}
    {%- if (value * 10 ** decimals - units) | abs > 0.000001 -%}
        {%- do exceptions.raise_compiler_error(value ~ ' has more than ' ~ decimals ~ ' decimals.') -%}
    {%- endif -%}
    {{ units }}
{%- endmacro %}


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
