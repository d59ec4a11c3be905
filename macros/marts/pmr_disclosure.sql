{#- The disclosure of the industry report (docs/performance_measurement/disclosure.md): what is withheld, so that nothing that is
    withheld follows from what is shown.

    A *cell* is the figures over the same rows. Each section hands its cells over by corporate group (`pmr_pool_columns`). A *line*
    is a total and the parts that add up to it; it *stands* where the withheld parts do not follow from it. To *close* it, the
    smallest part that is shown joins those that are withheld, until it stands. A *table* has lines of two kinds, rows and columns,
    whose totals are its margins; closing one may open another, so it takes several passes.

    All is done by numbers of cells, set by set: each step is a chain of CTEs, which `pmr_closed` writes. -#}

{#- Aggregates: the sums of the shares' parts and wholes. -#}
{% macro pmr_share_sums(rows='') -%}
    {%- for number in range(1, 5) %}
    cast(sum({{ rows }}share_{{ number }}_part) as bigint) as share_{{ number }}_part,
        cast(sum({{ rows }}share_{{ number }}_whole) as bigint) as share_{{ number }}_whole{{ ',\n        ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#- True when a pool passes the one rule, and so does each share that is told of it: 0 and 1 want more groups.

    pool   prefix of the columns of `disclosure_pool`
    are_shares_told   condition: the pool has shares -#}
{% macro pmr_passes(pool, are_shares_told) -%}
    (
        {{ is_released(pool) }}
        and (
            {{ pool }}_group_count >= {{ var('full_groups') }}
            or not {{ are_shares_told }}
            or not (
                {%- for number in range(1, 5) %}
                {{ 'or ' if not loop.first }}coalesce(
                    share_{{ number }}_whole > 0 and share_{{ number }}_part in (0, share_{{ number }}_whole), false
                )
                {%- endfor %}
            )
        )
    )
{%- endmacro %}


{#- CTEs `<name>_shown`: which cells are shown in a state. A part that is all of a shown total is known anyway, whatever else
    holds it. What a withheld cell holds is withheld with it.

    state   CTE with cell_id and is_open: not withheld by itself so far -#}
{% macro pmr_shown(name, state) -%}
{{ name }}_held_at_first as (

    {{ pmr_held(state) }}

),

{{ name }}_known as (

    select distinct sole_parts.cell_id
    from sole_parts
    left join {{ state }} as totals
        on sole_parts.total_id = totals.cell_id
    left join {{ name }}_held_at_first as held
        on sole_parts.total_id = held.cell_id
    where coalesce(totals.is_open, true) and held.cell_id is null

),

{{ name }}_open as (

    select
        states.cell_id,
        states.is_open or known.cell_id is not null as is_open,
        known.cell_id is not null as is_known
    from {{ state }} as states
    left join {{ name }}_known as known
        on states.cell_id = known.cell_id

),

{{ name }}_held as (

    {{ pmr_held(name ~ '_open') }}

),

{{ name }}_shown as (

    select
        opened.cell_id,
        opened.is_known or (opened.is_open and held.cell_id is null) as is_shown,
        opened.is_known
    from {{ name }}_open as opened
    left join {{ name }}_held as held
        on opened.cell_id = held.cell_id

)
{%- endmacro %}


{#- A select of the cells that a withheld one holds. A cell may be held in two ways: then both have to be withheld.

    state   CTE with cell_id and is_open -#}
{% macro pmr_held(state) -%}
select holders.cell_id
    from holders
    inner join {{ state }} as holding
        on holders.holder_id = holding.cell_id
    where not holding.is_open
    group by holders.cell_id
    having min(holders.way) = 0 or min(holders.way) != max(holders.way)
{%- endmacro %}


{#- CTEs `<name>_parts`, `<name>_rests` and what they need: the parts of the lines with a shown total that do not stand at first
    sight, and whether their withheld parts stand with 0, 1, 2 … of the shown ones, the smallest first.

    kinds   condition on `lines`: which are looked at
    shown   CTE of `pmr_shown` -#}
{% macro pmr_rests(name, kinds, shown) -%}
{{ name }}_line_parts as (

    select
        lines.line_id,
        lines.part_id,
        lines.total_id,
        lines.is_total_given,
        lines.is_of_one_measure,
        parts.is_shown,
        parts.is_known,
        bool_or(parts.is_known) over (partition by lines.line_id) as is_one_known,
        cells.row_count
    from lines
    inner join {{ shown }} as parts
        on lines.part_id = parts.cell_id
    inner join cells
        on lines.part_id = cells.cell_id
    left join {{ shown }} as totals
        on lines.total_id = totals.cell_id
    where {{ kinds }} and coalesce(totals.is_shown, true)

),

{{ name }}_counted_parts as (

    -- What is known anyway neither joins nor counts.
    select *
    from {{ name }}_line_parts
    where not is_known

),

{{ name }}_unsettled as (

    select
        line_id,
        count(*) as part_count,
        count(*) filter (where not is_shown) as withheld_count
    from {{ name }}_counted_parts
    group by line_id
    having
        count(*) filter (where not is_shown) > 0
        and (count(*) filter (where is_shown) > 0 or count(*) = 1 or bool_or(is_one_known))

),

{{ name }}_parts as (

    select
        parts.*,
        unsettled.part_count,
        unsettled.withheld_count,
        case
            when not parts.is_shown then 0
            else row_number() over (
                partition by parts.line_id, parts.is_shown
                order by parts.row_count, parts.part_id
            )
        end as step
    from {{ name }}_counted_parts as parts
    inner join {{ name }}_unsettled as unsettled
        on parts.line_id = unsettled.line_id

),
{{ within_turn(name ~ '_parts') }}

{{ name }}_joining as (

    select
        parts.line_id,
        parts.step,
        pools.corporate_group,
        cast(sum(pools.row_count) as bigint) as row_count
    from {{ name }}_parts as parts
    inner join pools
        on parts.part_id = pools.cell_id
    group by
        parts.line_id,
        parts.step,
        pools.corporate_group

),

{{ name }}_step_shares as (

    select
        parts.line_id,
        parts.step,
        bool_and(parts.is_of_one_measure) as is_of_one_measure,
        bool_and(parts.is_one_known) as is_one_known,
        min(parts.part_count) as part_count,
        min(parts.withheld_count) + parts.step as joined_count,
        {{ pmr_share_sums('cells.') }}
    from {{ name }}_parts as parts
    inner join cells
        on parts.part_id = cells.cell_id
    group by
        parts.line_id,
        parts.step

),

{{ name }}_steps as (

    select
        line_id,
        step,
        is_of_one_measure,
        is_one_known,
        part_count,
        joined_count,
        {%- for number in range(1, 5) %}
        {{ pmr_running('share_%d_part' % number, 'line_id') }} as share_{{ number }}_part,
        {{ pmr_running('share_%d_whole' % number, 'line_id') }} as share_{{ number }}_whole{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ name }}_step_shares

),

{{ name }}_groups as (

    select distinct
        line_id,
        corporate_group
    from {{ name }}_joining

),

{{ name }}_running as (

    select
        groups_of_line.line_id,
        groups_of_line.corporate_group,
        steps.step,
        {{ pmr_running('joining.row_count', 'groups_of_line.line_id, groups_of_line.corporate_group', 'steps.step') }} as row_count
    from {{ name }}_groups as groups_of_line
    inner join {{ name }}_steps as steps
        on groups_of_line.line_id = steps.line_id
    left join {{ name }}_joining as joining
        on
            groups_of_line.line_id = joining.line_id
            and groups_of_line.corporate_group = joining.corporate_group
            and steps.step = joining.step

),

{{ name }}_pools as (

    select
        line_id,
        step,
        {{ disclosure_pool('row_count', 'rest') }}
    from {{ name }}_running
    group by
        line_id,
        step

),

{{ name }}_rests as (

    -- All of them, two or more, beside none that is known; or two or more that pass together as one would.
    select
        steps.line_id,
        steps.step,
        steps.joined_count >= 2
        and (
            (steps.joined_count = steps.part_count and not steps.is_one_known)
            or coalesce({{ pmr_passes('rest', 'steps.is_of_one_measure') }}, false)
        ) as is_standing
    from {{ name }}_steps as steps
    left join {{ name }}_pools as pools
        on
            steps.line_id = pools.line_id
            and steps.step = pools.step

)
{%- endmacro %}


{#- A running sum over the steps of a line. -#}
{% macro pmr_running(value, partition, step='step') -%}
    cast(
            sum(coalesce({{ value }}, 0)) over (
                partition by {{ partition }}
                order by {{ step }}
                rows between unbounded preceding and current row
            ) as bigint
        )
{%- endmacro %}


{#- CTEs that close lines once, and `<name>`, the state after it: cell_id and is_open.

    state   CTE with the state before it
    kinds   condition on `lines`: which are closed -#}
{% macro pmr_closed(name, state, kinds) -%}
{{ pmr_shown(name, state) }},
{{ within_turn(name ~ '_shown') }}

{{ pmr_rests(name, kinds, name ~ '_shown') }},

{{ name }}_last_steps as (

    select
        line_id,
        min(step) filter (where is_standing) as last_step
    from {{ name }}_rests
    group by line_id

),
{{ within_turn(name ~ '_last_steps') }}

{{ name }}_joined as (

    select parts.part_id as cell_id
    from {{ name }}_parts as parts
    inner join {{ name }}_last_steps as last_steps
        on parts.line_id = last_steps.line_id
    where parts.step <= last_steps.last_step or (last_steps.last_step is null and not parts.is_total_given)

    union

    -- None is left to join: the total is withheld with its parts, unless an earlier table has settled it.
    select parts.total_id as cell_id
    from {{ name }}_parts as parts
    inner join {{ name }}_last_steps as last_steps
        on parts.line_id = last_steps.line_id
    where last_steps.last_step is null and not parts.is_total_given

),

{{ name }} as (

    select
        states.cell_id,
        states.is_open and joined.cell_id is null as is_open,
        states.is_blank
    from {{ state }} as states
    left join {{ name }}_joined as joined
        on states.cell_id = joined.cell_id

)
{%- endmacro %}


{#- A select of the state of all cells after the lines of a stage were closed: cell_id, is_open (not withheld by itself), and
    is_blank (withheld with all of its table, also where it is empty).

    stage   name of the stage in int_pmr_disclosure__lines
    before   relation with the state before it
    levels   list of conditions on `lines`, closed one after another; of a table none: its margins, rows and columns by turns -#}
{% macro pmr_settled(stage, before, levels=none) -%}
    with

    lines as (

        select * from {{ ref('int_pmr_disclosure__lines') }}
        where settled_in = '{{ stage }}' and is_of_several_parts

    ),

    sole_parts as (

        select * from {{ ref('int_pmr_disclosure__sole_parts') }}

    ),

    holders as (

        select * from {{ ref('int_pmr_disclosure__holders') }}

    ),

    cells as (

        select * from {{ ref('int_pmr_disclosure__cell_pools') }}

    ),

    pools as (

        select * from {{ ref('int_pmr_disclosure__group_pools') }}

    ),

    state_0 as (

        select
            cell_id,
            is_open,
            is_blank
        from {{ before }}

    ),
    {{ before_turns() }}
    {%- set turns = levels or [] %}
    {%- if not levels %}
        {%- for number in range(var('disclosure_passes')) %}
            {%- do turns.extend(["lines.side = 'margin'", "lines.side = 'row'", "lines.side = 'column'"]) %}
        {%- endfor %}
        {%- do turns.append("lines.side = 'margin'") %}
    {%- endif %}
    {%- for turn in turns %}

    {#- Margins, rows and columns: three turns that change nothing are a round that changes nothing. -#}
    {{ pmr_closed('state_%d' % loop.index, 'state_%d' % loop.index0, turn) }},
    {{ after_turn('state_%d' % loop.index, 'state_%d' % (loop.index - 3) if not levels and loop.index >= 3 else none) }}
    {%- endfor %}
    {%- set last = 'state_%d' % (turns | length) %}
    {%- if levels %}

    final as (

        select
            cell_id,
            is_open,
            is_blank
        from {{ last }}

    )
    {%- else %}

    {{ pmr_shown('last', last) }},

    {{ pmr_rests('last', 'true', 'last_shown') }},

    fallen_tables as (

        -- A line of the table does not stand after all passes: the table has no inner cell.
        select distinct lines.table_id
        from last_rests as rests
        inner join lines
            on rests.line_id = lines.line_id
        where rests.step = 0 and not rests.is_standing

    ),

    inner_cells as (

        select distinct table_cells.cell_id
        from {{ ref('int_pmr_disclosure__table_cells') }} as table_cells
        inner join fallen_tables
            on table_cells.table_id = fallen_tables.table_id

    ),

    final as (

        select
            states.cell_id,
            states.is_open and inner_cells.cell_id is null as is_open,
            states.is_blank or inner_cells.cell_id is not null as is_blank
        from {{ last }} as states
        left join inner_cells
            on states.cell_id = inner_cells.cell_id

    )
    {%- endif %}

    select * from final
{%- endmacro %}


{#- The families of cells of installs: by Device Type, those of the month before too, from which installs are predicted; and
    of Communications Hubs. -#}
{% macro pmr_install_families() -%}
    {%- do return([
        'successful_installs', 'successful_installs:before', 'failed_installs', 'installs_8_14_1', 'installs_8_14_2', 'neither_yet',
        'open_8_14_2',
    ]) -%}
{%- endmacro %}


{#- The kinds of lines, in the order in which they are closed: a list of

    stage   the model that closes them
    side   level (each closed once, from the top), margin, row or column (of a table)
    level   in which turn it is closed; 9 is not closed: the changes of mode together follow from those that are
    parts   condition on `parts`, the cells of which the line is made
    total   the columns of the key in which the total differs from a part, with what it has there
    public   the total is shown to all, whatever its rows: it is no cell
    given   an earlier stage has settled the total: it is not withheld any more
    table   what tells one table of the stage from another
    measures   the parts are of different measures
    rest   column of the key that says `Withheld` in the row of the withheld parts; none has no such row
    unlisted   a part without which the list would be the same: a sole part is not known by it -#}
{% macro pmr_line_kinds() -%}
    {%- set is_region = "parts.segment in (select segment from " ~ ref('segments') ~ " where is_region)" -%}
    {%- set is_month = "parts.split = 'ALL'" -%}
    {%- set is_day = "parts.split = 'day'" -%}
    {%- set is_wide = "parts.segment in ('SMETS2', 'SMETS1')" -%}
    {%- set is_split_measure = "parts.family in ('B1', 'B1.1', 'PP1', 'PP1.1:local')" -%}
    {%- set is_pooled_alone = "(parts.family like 'rsvp:%' or parts.family like 'alerts:%')" -%}
    {%- set installs = "(parts.family in ('" ~ pmr_install_families() | join("', '") ~ "') and parts.family != 'open_8_14_2')" -%}
    {%- set is_top = "parts.item = case when parts.family in ('successful_installs', 'successful_installs:before', 'failed_installs') then 'ALL' else 'CHF' end" -%}
    {%- set whole_month = {'split': "'ALL'", 'split_value': "'ALL'"} -%}
    {%- set measures = "case when parts.family like 'B1%' then 'Meter Reads' else 'Prepayment' end" -%}
    {%- do return([
        {'stage': 'once', 'side': 'level', 'level': 1, 'name': 'smets', 'rest': 'segment', 'public': true,
         'parts': "parts.family in ('CPM1', 'CPM2', 'A1') and " ~ is_wide ~ " and " ~ is_month, 'total': {'segment': "'ALL'"}},
        {'stage': 'once', 'side': 'level', 'level': 2, 'name': 'segment', 'rest': 'segment',
         'parts': "parts.family not in ('rsvp', 'PP2') and not " ~ is_split_measure ~ " and not " ~ is_pooled_alone ~ " and " ~ is_region
            ~ " and (parts.split in ('ALL', 'month') or (parts.family = 'open_8_14_2' and " ~ is_day ~ "))",
         'total': {'segment': "'SMETS2'"}},
        {'stage': 'once', 'side': 'level', 'level': 9, 'name': 'mode_segment', 'rest': 'segment',
         'parts': "parts.family = 'PP2' and " ~ is_region ~ " and " ~ is_month, 'total': {'segment': "'SMETS2'"}},
        {'stage': 'once', 'side': 'level', 'level': 3, 'name': 'split', 'rest': 'split_value',
         'parts': "parts.split in ('device_type', 'sla_s') and parts.family != 'PP2' and not " ~ is_split_measure
            ~ " and not " ~ is_pooled_alone,
         'total': whole_month, 'by_split': true},
        {'stage': 'once', 'side': 'level', 'level': 3, 'name': 'install_type', 'rest': 'item',
         'parts': installs ~ " and parts.item != 'ALL' and parts.segment = 'SMETS2' and " ~ is_month, 'total': {'item': "'ALL'"}},
        {'stage': 'once', 'side': 'level', 'level': 3, 'name': 'alert_code', 'rest': 'split_value', 'public': true,
         'parts': "parts.family = 'alerts' and parts.split = 'alert_code'", 'total': whole_month},
        {'stage': 'once', 'side': 'level', 'level': 4, 'name': 'reason', 'rest': 'split_value', 'unlisted': true,
         'parts': "parts.split = 'reason'", 'total': whole_month},

        {'stage': 'process_regions', 'side': 'margin', 'name': 'process_segment', 'rest': 'segment', 'table': 'parts.business_process',
         'parts': "parts.family = 'rsvp' and " ~ is_month ~ " and parts.item = 'ALL' and " ~ is_region,
         'total': {'segment': "'SMETS2'"}},
        {'stage': 'process_regions', 'side': 'margin', 'name': 'process_srv', 'rest': 'item', 'table': 'parts.business_process',
         'parts': "parts.family = 'rsvp' and " ~ is_month ~ " and parts.item != 'ALL' and " ~ is_wide, 'total': {'item': "'ALL'"}},
        {'stage': 'process_regions', 'side': 'row', 'name': 'srv_region', 'rest': 'segment', 'table': 'parts.business_process',
         'parts': "parts.family = 'rsvp' and " ~ is_month ~ " and parts.item != 'ALL' and " ~ is_region,
         'total': {'segment': "'SMETS2'"}},
        {'stage': 'process_regions', 'side': 'column', 'name': 'region_srv', 'rest': 'item', 'table': 'parts.business_process',
         'parts': "parts.family = 'rsvp' and " ~ is_month ~ " and parts.item != 'ALL' and " ~ is_region, 'total': {'item': "'ALL'"}},

        {'stage': 'measure_segments', 'side': 'margin', 'name': 'measure_wide', 'given': true, 'measures': true, 'table': measures,
         'parts': is_split_measure ~ " and " ~ is_month ~ " and " ~ is_wide, 'total': {'family': "'rsvp'"}},
        {'stage': 'measure_segments', 'side': 'row', 'name': 'measure_region', 'rest': 'segment', 'table': measures,
         'parts': is_split_measure ~ " and " ~ is_month ~ " and " ~ is_region, 'total': {'segment': "'SMETS2'"}},
        {'stage': 'measure_segments', 'side': 'column', 'name': 'region_measure', 'given': true, 'measures': true, 'table': measures,
         'parts': is_split_measure ~ " and " ~ is_month ~ " and " ~ is_region, 'total': {'family': "'rsvp'"}},

        {'stage': 'measure_types', 'side': 'row', 'name': 'measure_type', 'rest': 'split_value', 'given': true,
         'table': measures ~ " || ', ' || parts.segment",
         'parts': "(" ~ is_split_measure ~ " or parts.family = 'PP2') and parts.split = 'device_type'", 'total': whole_month},
        {'stage': 'measure_types', 'side': 'column', 'name': 'type_measure', 'given': true, 'measures': true,
         'table': measures ~ " || ', ' || parts.segment",
         'parts': "(" ~ is_split_measure ~ " or parts.family = 'PP2') and parts.split = 'device_type'",
         'total': {'family': "'rsvp'", 'item': "'ALL'"}},

        {'stage': 'process_days', 'side': 'margin', 'name': 'process_day', 'rest': 'split_value', 'given': true,
         'table': "parts.business_process || ', ' || parts.segment",
         'parts': "parts.family = 'rsvp' and " ~ is_day ~ " and parts.item = 'ALL' and " ~ is_wide, 'total': whole_month},
        {'stage': 'process_days', 'side': 'row', 'name': 'srv_day', 'rest': 'split_value', 'given': true,
         'table': "parts.business_process || ', ' || parts.segment",
         'parts': "parts.family = 'rsvp' and " ~ is_day ~ " and parts.item != 'ALL' and " ~ is_wide, 'total': whole_month},
        {'stage': 'process_days', 'side': 'column', 'name': 'day_srv', 'rest': 'item',
         'table': "parts.business_process || ', ' || parts.segment",
         'parts': "parts.family = 'rsvp' and " ~ is_day ~ " and parts.item != 'ALL' and " ~ is_wide, 'total': {'item': "'ALL'"}},
        {'stage': 'region_days', 'side': 'row', 'name': 'region_day', 'rest': 'split_value', 'given': true,
         'table': 'parts.business_process',
         'parts': "parts.family = 'rsvp' and " ~ is_day ~ " and parts.item = 'ALL' and " ~ is_region, 'total': whole_month},
        {'stage': 'region_days', 'side': 'column', 'name': 'day_region', 'rest': 'segment', 'given': true,
         'table': 'parts.business_process',
         'parts': "parts.family = 'rsvp' and " ~ is_day ~ " and parts.item = 'ALL' and " ~ is_region,
         'total': {'segment': "'SMETS2'"}},

        {'stage': 'install_days', 'side': 'margin', 'name': 'install_day', 'rest': 'split_value', 'given': true, 'table': 'parts.family',
         'parts': installs ~ " and " ~ is_day ~ " and " ~ is_top ~ " and parts.segment = 'SMETS2'", 'total': whole_month},
        {'stage': 'install_days', 'side': 'row', 'name': 'type_day', 'rest': 'split_value', 'given': true, 'table': 'parts.family',
         'parts': installs ~ " and " ~ is_day ~ " and not " ~ is_top ~ " and parts.segment = 'SMETS2'", 'total': whole_month},
        {'stage': 'install_days', 'side': 'column', 'name': 'day_type', 'rest': 'item', 'table': 'parts.family',
         'parts': installs ~ " and " ~ is_day ~ " and not " ~ is_top ~ " and parts.segment = 'SMETS2'", 'total': {'item': "'ALL'"}},
        {'stage': 'install_region_days', 'side': 'row', 'name': 'install_region_day', 'rest': 'split_value', 'given': true,
         'table': 'parts.family', 'parts': installs ~ " and " ~ is_day ~ " and " ~ is_top ~ " and " ~ is_region, 'total': whole_month},
        {'stage': 'install_region_days', 'side': 'column', 'name': 'install_day_region', 'rest': 'segment', 'given': true,
         'table': 'parts.family', 'parts': installs ~ " and " ~ is_day ~ " and " ~ is_top ~ " and " ~ is_region,
         'total': {'segment': "'SMETS2'"}},
    ]) -%}
{%- endmacro %}


{#- What tells a table from all others, as a text; null of a line of no table. -#}
{% macro pmr_table_id(kind) -%}
    {{ "'" ~ kind.stage ~ ": ' || " ~ kind.get('table') if kind.get('table') else 'cast(null as string)' }}
{%- endmacro %}
