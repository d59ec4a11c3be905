{#- Rules of the industry report's section on alerts and the estate (docs/performance_measurement/estate.md). -#}

{#- The bands of delivery times, by the longest time of each (seconds): their names say it. What takes longer is `longer`. -#}
{% macro delivery_bands() -%}
    {%- do return({'within_60_s': 60, 'within_5_min': 300, 'within_1_h': 3600}) -%}
{%- endmacro %}


{#- What became of an alert, as a number: small numbers cost least where rows are grouped by them. One of
    `alert_outcomes`.

    alerts   rows of fct_alerts_coded -#}
{% macro alert_outcome(alerts) -%}
    cast(
            case
                when {{ alerts }}.is_storm_suppressed then {{ alert_outcomes()['suppressed'] }}
                when
                    not {{ alerts }}.is_delivered
                    and {{ alerts }}.alert_start_at
                    >= {{ as_of() }} - interval '{{ var("alert_target_s") | int }}' second
                    then {{ alert_outcomes()['pending'] }}
                when not {{ alerts }}.is_delivered then {{ alert_outcomes()['not_delivered'] }}
                {%- for band, seconds in delivery_bands().items() %}
                when {{ alerts }}.delivery_time_ms <= {{ seconds * 1000 }} then {{ alert_outcomes()[band] }}
                {%- endfor %}
                else {{ alert_outcomes()['longer'] }}
            end as tinyint
        )
{%- endmacro %}


{#- The number of each outcome. Those of the delivered are above the others'. -#}
{% macro alert_outcomes() -%}
    {%- set outcomes = {'suppressed': 0, 'pending': 1, 'not_delivered': 2} -%}
    {%- for band in delivery_bands() -%}
        {%- do outcomes.update({band: loop.index + 2}) -%}
    {%- endfor -%}
    {%- do outcomes.update({'longer': outcomes | length}) -%}
    {%- do return(outcomes) -%}
{%- endmacro %}


{#- The counts of alerts that the section adds up, in the order of alerts.csv. -#}
{% macro alert_counts() -%}
    {%- do return(
        ['in_time', 'late', 'not_delivered', 'pending', 'suppressed'] + (delivery_bands() | list) + ['longer']
    ) -%}
{%- endmacro %}


{#- True of a segment of the report (a row of seed segments) that rows of one region, SMETS1 or Unknown are in.

    segments   the seed
    segment   column with what `segment_of` gives -#}
{% macro is_in_segment(segments, segment) -%}
    (
        {{ segments }}.segment in ('ALL', {{ segment }})
        or ({{ segments }}.segment = 'SMETS2' and {{ segment }} != 'SMETS1')
    )
{%- endmacro %}


{#- Columns: the key of the cell of a stage, for a select from rows with alert_code. -#}
{% macro alert_stage_key(stage) -%}
    'alerts:{{ stage }}' as family,
        '' as business_process,
        'ALL' as item,
        'ALL' as segment,
        case when alert_code = 'ALL' then 'ALL' else 'alert_code' end as split,
        alert_code as split_value
{%- endmacro %}


{#- The process that measures.csv has the alerts under. -#}
{% macro alerts_process() -%}
    Alerts Management
{%- endmacro %}


{#- Columns that are written alike: the template for each name, which stands for $. -#}
{% macro columns_for(names, template) -%}
    {%- for name in names -%}
        {{ template | replace('$', name) }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Columns of a pool: the shares that its cell does not show.

    first   number of the first of them -#}
{% macro pmr_no_shares(first) -%}
    {%- set shares = [] -%}
    {%- for column in pmr_pool_columns() if column.startswith('share_') -%}
        {%- do shares.append(column) -%}
    {%- endfor -%}
    {{ columns_for(shares[2 * (first - 1):], 'cast(null as bigint) as $') }}
{%- endmacro %}


{#- Aggregates: the numbers of a pool, for a select that is grouped by cell and group. -#}
{% macro summed_pool_columns() -%}
    {%- set numbers = [] -%}
    {%- for column, data_type in pmr_pool_columns().items() if data_type == 'bigint' -%}
        {%- do numbers.append(column) -%}
    {%- endfor -%}
    {{ columns_for(numbers, 'cast(sum($) as bigint) as $') }}
{%- endmacro %}


{#- Columns: the counts of alerts by what became of them, for a select from `coded` (outcome, is_in_time, alert_count). -#}
{% macro counts_by_alert_outcome() -%}
    {%- set outcomes = alert_outcomes() -%}
    {%- set conditions = {
        'volume': 'outcome != %d' % outcomes['suppressed'],
        'in_time': 'outcome > %d and coded.is_in_time' % outcomes['not_delivered'],
        'late': 'outcome > %d and not coded.is_in_time' % outcomes['not_delivered'],
    } -%}
    {%- for name in ['volume'] + alert_counts() -%}
        {%- set condition = conditions.get(name, 'outcome = %d' % outcomes.get(name, -1)) -%}
        cast(coalesce(sum(coded.alert_count) filter (where coded.{{ condition }}), 0) as bigint) as {{ name }}
        {{- ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- The measures that are a count of alerts, each with what it counts. -#}
{% macro alert_count_measures() -%}
    {%- set measures = {
        'A1.1:late': 'late',
        'A1.1:not_delivered': 'not_delivered',
        'A1.1:suppressed': 'suppressed',
    } -%}
    {%- for band in delivery_bands() -%}
        {%- do measures.update({'A2:' ~ band: band}) -%}
    {%- endfor -%}
    {%- do measures.update({'A2:longer': 'longer', 'A2:never': 'not_delivered'}) -%}
    {%- do return(measures) -%}
{%- endmacro %}


{#- Columns of a figure of measures.csv, each cast to its type, null where it is withheld. -#}
{% macro measured_columns() -%}
    {%- for column in ['numerator', 'denominator', 'pending', 'value_part', 'value_whole'] -%}
        cast(case when not is_withheld then {{ column }} end as {{ pmr_measure_columns()[column] }}) as {{ column }}
        {{- ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Column: an amount of a stage, which stands for $ (see `columns_for`), for a select from int_pmr_estate__shown_figures. -#}
{% macro stage_amount(amount) -%}
    max(amount) filter (where family = 'alerts:$' and amount_name = '{{ amount }}') as $_{{ amount }}
{%- endmacro %}


{#- Columns: what a cell counts, for a select from int_pmr_estate__shown_figures that is grouped by cell.

    names   names of the counts -#}
{% macro amounts_of(names) -%}
    {{ columns_for(names, "cast(max(amount) filter (where amount_name = '$') as bigint) as $") }}
{%- endmacro %}


{#- The process that the installs are of. -#}
{% macro installs_process() -%}
    Install and Commission
{%- endmacro %}


{#- The month of a day, YYYY-MM. -#}
{% macro month_of(day) -%}
    substring(cast({{ day }} as string) from 1 for 7)
{%- endmacro %}


{#- The measures of installs: those by Device Type, and those of Communications Hubs. -#}
{% macro install_measures() -%}
    {%- do return(['successful_installs', 'failed_installs']) -%}
{%- endmacro %}

{% macro hub_measures() -%}
    {%- do return(['installs_8_14_1', 'installs_8_14_2', 'neither_yet', 'open_8_14_2']) -%}
{%- endmacro %}


{#- A select of the days of the month some months before the reporting month. -#}
{% macro days_of_month_before(count) -%}
    {%- set first = 'cast(' ~ month_start_before(count) ~ ' as date)' -%}
    select days.day
    from (
        {%- for offset in range(31) %}
        {{ 'union all ' if not loop.first }}select {{ add_days(first, offset) }} as day
        {%- endfor %}
    ) as days
    where days.day < {{ month_start_before(count - 1) }}
{%- endmacro %}


{#- The family of the cell from which the installs of a day are predicted: this month's, or those of the month before. -#}
{% macro family_predicted_from(day) -%}
    case when {{ day }} < {{ first_day() }} then 'successful_installs:before' else 'successful_installs' end
{%- endmacro %}


{#- What a measure's id says after the colon. -#}
{% macro measure_of_id(measure_id) -%}
    substring({{ measure_id }} from position(':' in {{ measure_id }}) + 1)
{%- endmacro %}


{#- Words as a list of texts. -#}
{% macro listed(words) -%}
    '{{ words | join("', '") }}'
{%- endmacro %}


{#- The last day of the period, be it cut short. -#}
{% macro last_day_of_period() -%}
    cast({{ period_end() }} - interval '1' microsecond as date)
{%- endmacro %}


{#- Where firmware stands on the Central Products List, the newest first. -#}
{% macro firmware_places() -%}
    {%- do return(['current', 'one_below', 'two_below', 'older', 'not_listed']) -%}
{%- endmacro %}


{#- What the rows of the estate's measures are counted as. -#}
{% macro estate_counts() -%}
    {%- do return(
        ['responding', 'long_term'] + firmware_places() + ['alerts', 'devices', 'noisy']
    ) -%}
{%- endmacro %}


{#- Columns: the counts of `estate_counts`, 0 for those that a family has not.

    counts   by name, as SQL -#}
{% macro counted_in(counts) -%}
    {%- for name in estate_counts() -%}
        {{ counts.get(name, '0') }} as {{ name }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- The counts of firmware by place, for a select from rows with row_count and firmware_place: see `counted_in`. -#}
{% macro firmware_counts() -%}
    {%- set counts = {} -%}
    {%- for place in firmware_places() -%}
        {%- do counts.update(
            {place: "case when firmware_places.firmware_place = '" ~ place ~ "' then by_profile.row_count else 0 end"}
        ) -%}
    {%- endfor -%}
    {%- do return(counts) -%}
{%- endmacro %}


{#- Columns: the shares that a cell of the estate shows, for its pool. The five of firmware are told as the four choices of a
    tree: one of them is 0 or 1 just where one of the five is 0. -#}
{% macro estate_shares() -%}
    case family
            when 'EH1' then responding
            when 'EH2' then current
            when 'EH4:noisy_alert_share' then noisy
        end as share_1_part,
        case family
            when 'EH1' then row_count
            when 'EH2' then current + one_below
            when 'EH4:noisy_alert_share' then row_count
        end as share_1_whole,
        case family
            when 'EH1' then long_term
            when 'EH2' then current + one_below
        end as share_2_part,
        case family
            when 'EH1' then row_count
            when 'EH2' then current + one_below + two_below
        end as share_2_whole,
        case when family = 'EH2' then current + one_below + two_below end as share_3_part,
        case when family = 'EH2' then row_count end as share_3_whole,
        case when family = 'EH2' then older end as share_4_part,
        case when family = 'EH2' then older + not_listed end as share_4_whole
{%- endmacro %}


{#- The measures of the estate: id, family of their cells, and what is divided by what; a count by nothing. -#}
{% macro estate_measures() -%}
    {%- set measures = [
        {'id': 'EH1:responding', 'family': 'EH1', 'part': 'responding', 'whole': 'row_count'},
        {'id': 'EH1:not_responding', 'family': 'EH1', 'part': 'row_count - responding', 'whole': 'row_count'},
        {'id': 'EH1:long_term', 'family': 'EH1', 'part': 'long_term', 'whole': 'row_count'},
        {'id': 'EH3:alerts', 'family': 'EH3:alerts', 'part': 'alerts', 'whole': 'null'},
        {'id': 'EH3:devices', 'family': 'EH3:devices', 'part': 'devices', 'whole': 'null'},
        {'id': 'EH4:noisy_devices', 'family': 'EH4:noisy_devices', 'part': 'devices', 'whole': 'null'},
        {'id': 'EH4:noisy_alert_share', 'family': 'EH4:noisy_alert_share', 'part': 'noisy', 'whole': 'row_count'},
        {'id': 'EH4:silent_devices', 'family': 'EH4:silent_devices', 'part': 'devices', 'whole': 'null'},
    ] -%}
    {%- for place in firmware_places() -%}
        {%- do measures.append({'id': 'EH2:' ~ place, 'family': 'EH2', 'part': place, 'whole': 'row_count'}) -%}
    {%- endfor -%}
    {%- do return(measures) -%}
{%- endmacro %}


{#- A ratio of whole numbers, rounded half away from zero to a multiple of a step, with 2 decimals. It may be above 1.

    step   a multiple of 0.01, above 0
    whole   above 0 -#}
{% macro ratio_in_steps(part, whole, step) -%}
    {%- set hundredths = (step | float * 100) | round | int -%}
    cast(
            {{ hundredths }} * ({{ whole_quotient(
                '200 * ' ~ part ~ ' + ' ~ hundredths ~ ' * ' ~ whole,
                '2 * ' ~ hundredths ~ ' * ' ~ whole
            ) }}) * cast(0.01 as decimal(3, 2))
            as decimal(18, 2)
        )
{%- endmacro %}
