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


{#- The failures that a printed rate tells of its volume, as a whole number: the successes are rounded half away from zero. -#}
{% macro failures_by_rate(volume, success_rate) -%}
    {{ volume }} - cast(round({{ volume }} * {{ success_rate }}, 0) as bigint)
{%- endmacro %}


{#- True where the failures of a cell stand out against the reference's share: at least `finding_minimum_count` requests,
    a rate at least `finding_rate_gap` below the reference's, and an excess whose square is at least `finding_z` squared
    times n x q x (1 - q), the variance that chance gives. Null without a reference. See `excess_failures`. -#}
{% macro is_standing_out(volume, failures, reference_volume, reference_failures) -%}
    {%- set product = excess_product(volume, failures, reference_volume, reference_failures) -%}
    (
        {{ is_far_below(volume, reference_volume, product) }}
        and {{ product }} * {{ product }} >= {{ whole_quotient(
            squared_z() ~ ' * cast(' ~ volume ~ ' as ' ~ wide_integer() ~ ') * ' ~ reference_failures
            ~ ' * (' ~ reference_volume ~ ' - ' ~ reference_failures ~ ') + 9999',
            '10000'
        ) }}
    )
{%- endmacro %}


{#- True where the failures of a cell stand out against a printed rate of 3 decimals; null without one. -#}
{% macro is_standing_out_below(volume, failures, success_rate) -%}
    {{ is_standing_out(volume, failures, '1000', failures_in_thousand(success_rate)) }}
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
    (
        {{ volume_before }} >= {{ var('finding_minimum_count') }}
        and {{ is_far_below(volume, volume_before, product) }}
        and {{ is_fraction_at_least(square, volumes, chance, whole) }}
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


{#- What a findings mart is made of: a select of each kind of finding, `nothing_found` where the industry is compared with, and
    `positioned_findings` at the end. All of them have party_id, role, finding, the subject columns, own_value,
    reference_value, unit and affected_count. The values are texts, with the digits as their file prints them. -#}

{#- A select of the findings where the own success rate stands out below the industry's.

    cells   CTE with party_id, role, the subject, own_count, own_failure_count, own_success_rate and industry_success_rate
    subject   list of the columns that say of what a cell is -#}
{% macro below_industry(cells, subject) -%}
    {%- set reference = ['1000', failures_in_thousand('industry_success_rate')] -%}
    select
        {{ finding_of('below_industry', subject) }},
        cast(own_success_rate as string) as own_value,
        cast(industry_success_rate as string) as reference_value,
        'share' as unit,
        {{ whole_excess('own_count', 'own_failure_count', *reference) }} as affected_count
    from {{ cells }}
    where {{ is_standing_out_below('own_count', 'own_failure_count', 'industry_success_rate') }}
{%- endmacro %}


{#- A select of the findings where the own success rate stands out below that of the month before.

    cells   CTE with party_id, role, the subject, own_count, own_failure_count and own_success_rate; and count_before,
        failure_count_before and success_rate_before
    subject   see `below_industry` -#}
{% macro worse_than_month_before(cells, subject) -%}
    {%- set cell = ['own_count', 'own_failure_count', 'count_before', 'failure_count_before'] -%}
    select
        {{ finding_of('worse_than_month_before', subject) }},
        cast(own_success_rate as string) as own_value,
        cast(success_rate_before as string) as reference_value,
        'share' as unit,
        {{ whole_excess(*cell) }} as affected_count
    from {{ cells }}
    where {{ is_worse_than_before(*cell) }}
{%- endmacro %}


{#- A select of the findings where the own median lies far above the industry's.

    speeds   CTE with party_id, role, the subject, own_measured, own_median_s and industry_median_s
    subject   see `below_industry` -#}
{% macro slower_than_industry(speeds, subject) -%}
    select
        {{ finding_of('slower_than_industry', subject) }},
        cast(own_median_s as string) as own_value,
        cast(industry_median_s as string) as reference_value,
        'seconds' as unit,
        own_measured as affected_count
    from {{ speeds }}
    where
        own_measured >= {{ var('finding_speed_minimum') }}
        and industry_median_s > 0
        and own_median_s >= {{ var('finding_speed_ratio') }} * industry_median_s
{%- endmacro %}


{#- A select of the findings where the failures of a value stand out against the recipient's others.

    cells   CTE with those values: party_id, role, the subject, own_count, own_failure_count and own_success_rate; and
        other_count, other_failure_count and other_success_rate
    subject   see `below_industry`; with dimension and dimension_value -#}
{% macro failures_gather(cells, subject) -%}
    select
        {{ finding_of('failures_gather', subject) }},
        cast(own_success_rate as string) as own_value,
        cast(other_success_rate as string) as reference_value,
        'share' as unit,
        {{ whole_excess('own_count', 'own_failure_count', 'other_count', 'other_failure_count') }} as affected_count
    from {{ cells }}
{%- endmacro %}


{#- Columns: who is told what of which subject. What the area has no column of is empty. -#}
{% macro finding_of(finding, subject) -%}
    party_id,
        role,
        '{{ finding }}' as finding
        {%- for column in subject_columns() %},
        {% if column in subject %}{{ column }}{% else %}cast(null as string) as {{ column }}{% endif %}
        {%- endfor %}
{%- endmacro %}


{#- The columns of every findings file that say of what a finding is. -#}
{% macro subject_columns() %}
    {{ return(['business_process', 'srv', 'alert_code', 'dimension', 'dimension_value']) }}
{% endmacro %}


{#- A select of what each recipient is told where nothing stands out: how many figures were compared; or, where none could be,
    how many are withheld.

    obligations   CTE with the recipients of the report
    figures   CTE with party_id, role, compared_count and withheld_count, in any number of rows per recipient -#}
{% macro nothing_found(obligations, figures) -%}
    select
        party_id,
        role,
        case when compared_count > 0 then 'nothing_stands_out' else 'nothing_to_compare' end as finding,
        'figures' as unit,
        case when compared_count > 0 then compared_count else withheld_count end as affected_count
    from (
        select
            {{ obligations }}.party_id,
            {{ obligations }}.role,
            cast(sum({{ figures }}.compared_count) as bigint) as compared_count,
            cast(coalesce(sum({{ figures }}.withheld_count), 0) as bigint) as withheld_count
        from {{ obligations }}
        left join {{ figures }}
            on
                {{ obligations }}.party_id = {{ figures }}.party_id
                and {{ obligations }}.role = {{ figures }}.role
        group by
            {{ obligations }}.party_id,
            {{ obligations }}.role
    ) as counted
{%- endmacro %}


{#- A select for `nothing_found`: how many success rates could be compared, with the industry and with the month before, and
    how many medians. What is withheld is told only where none is shown: then the flag of a row is of this figure.

    cells   see `below_industry` and `worse_than_month_before`; with industry_suppressed
    speeds   see `slower_than_industry`; with industry_suppressed -#}
{% macro compared_figures(cells, speeds) -%}
    select
        party_id,
        role,
        case when industry_success_rate is not null then 1 else 0 end
        + case when own_success_rate is not null and success_rate_before is not null then 1 else 0 end as compared_count,
        case when industry_suppressed then 1 else 0 end as withheld_count
    from {{ cells }}

    union all

    select
        party_id,
        role,
        case when industry_median_s is not null then 1 else 0 end as compared_count,
        case when industry_suppressed then 1 else 0 end as withheld_count
    from {{ speeds }}
{%- endmacro %}


{#- The select that every findings mart ends in: what each recipient is told, in the order of the first page.

    findings   CTE with the findings of the area
    nothing   CTE with a row for each recipient: party_id, role, finding, unit and affected_count, which is told those
        without a finding
    obligations   CTE with the recipients of the report -#}
{% macro positioned_findings(findings, nothing, obligations) -%}
    select
        {{ obligations }}.reporting_month,
        {{ obligations }}.party_id,
        {{ obligations }}.role,
        cast(
            row_number() over (
                partition by told.party_id, told.role
                order by
                    {{ stands_behind('told.finding') }},
                    told.affected_count desc,
                    told.finding
                    {#- Within one finding a column is null for all or for none. #}
                    {%- for column in subject_columns() %},
                    told.{{ column }}
                    {%- endfor %}
            ) as bigint
        ) as position,
        told.finding,
        {%- for column in subject_columns() %}
        told.{{ column }},
        {%- endfor %}
        told.own_value,
        told.reference_value,
        told.unit,
        told.affected_count
    from (
        select
            party_id,
            role,
            finding,
            {{ subject_columns() | join(',\n            ') }},
            own_value,
            reference_value,
            unit,
            affected_count
        from {{ findings }}

        union all

        select
            {{ nothing }}.party_id,
            {{ nothing }}.role,
            {{ nothing }}.finding,
            {%- for column in subject_columns() + ['own_value', 'reference_value'] %}
            cast(null as string) as {{ column }},
            {%- endfor %}
            {{ nothing }}.unit,
            {{ nothing }}.affected_count
        from {{ nothing }}
        left join {{ findings }}
            on
                {{ nothing }}.party_id = {{ findings }}.party_id
                and {{ nothing }}.role = {{ findings }}.role
        where {{ findings }}.party_id is null
    ) as told
    inner join {{ obligations }}
        on
            told.party_id = {{ obligations }}.party_id
            and told.role = {{ obligations }}.role
{%- endmacro %}


{#- True for kinds of findings that stand behind the others: what is slow behind failures, what ends behind what ended. -#}
{% macro stands_behind(finding) -%}
    {{ finding }} in ('slower_than_industry', 'ends_within_30_days')
{%- endmacro %}
