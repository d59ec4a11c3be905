-- Grain: one row per exception that is not refused at once and row of measures.csv that it would change.
--
-- Exceptions take from the misses of a row in the order of their ids, and one that asks for more than is left takes
-- nothing. So what is left depends on which before it were applied, and no running sum can tell: they are looked at one
-- after another. As many steps as one line of a measure has exceptions in the month; all lines take a step at once.
{%- set first_step %}
    select distinct
        figure_id,
        measure_line,
        segment,
        cast(0 as bigint) as exception_number,
        missed_parts as left_parts,
        true as is_applied
    from changed
{%- endset %}
{%- set next_step %}
    select
        figure_id,
        measure_line,
        segment,
        exception_number,
        case when is_applied then left_parts - excluded_parts else left_parts end as left_parts,
        is_applied
    from (
        select
            steps.figure_id,
            steps.measure_line,
            steps.segment,
            steps.exception_number + 1 as exception_number,
            steps.left_parts,
            coalesce(changed.excluded_parts, 0) as excluded_parts,
            -- Of a first row that others before took all of nothing is reported any more.
            min(
                case
                    when changed.is_first and steps.left_parts + changed.met_parts = 0 then 0
                    when changed.excluded_parts > steps.left_parts then 0
                    else 1
                end
            ) over (
                partition by steps.figure_id, steps.measure_line
            ) = 1 as is_applied
        from <before> as steps
        inner join last_numbers
            on
                steps.figure_id = last_numbers.figure_id
                and steps.measure_line = last_numbers.measure_line
                and steps.exception_number < last_numbers.last_number
        left join changed
            on
                steps.figure_id = changed.figure_id
                and steps.measure_line = changed.measure_line
                and steps.segment = changed.segment
                and steps.exception_number + 1 = changed.exception_number
    ) as stepped
{%- endset %}
{%- set most_exceptions -%}
    select max(exception_count)
    from (
        select count(*) as exception_count
        from {{ ref('int_pmr_governance__asked_exceptions') }}
        where refusal is null
        group by figure_id, measure_line
    ) as lines
{%- endset %}
with {{ recursive() }}

asked as (

    select * from {{ ref('int_pmr_governance__asked_exceptions') }}

),

measure_rows as (

    select * from {{ ref('int_pmr_summary__rows') }}

),

numbered as (

    select
        exception_id,
        figure_id,
        measure_line,
        csp_region,
        first_segment,
        excluded_count,
        row_number() over (partition by figure_id, measure_line order by exception_id) as exception_number
    from asked
    where refusal is null

),

-- A row that is not reported is left as it is.
changed as (

    select
        numbered.exception_id,
        numbered.exception_number,
        numbered.figure_id,
        numbered.measure_line,
        measure_rows.segment,
        measure_rows.segment = numbered.first_segment as is_first,
        numbered.excluded_count,
        cast(numbered.excluded_count as {{ wide_integer() }}) * measure_rows.parts_per_count as excluded_parts,
        cast(
            case
                when measure_rows.direction = 'lower' then measure_rows.value_part
                else measure_rows.value_whole - measure_rows.value_part
            end as {{ wide_integer() }}
        ) as missed_parts,
        cast(
            case
                when measure_rows.direction = 'lower' then measure_rows.value_whole - measure_rows.value_part
                else measure_rows.value_part
            end as {{ wide_integer() }}
        ) as met_parts
    from numbered
    inner join measure_rows
        on
            numbered.figure_id = measure_rows.measure_id
            and numbered.measure_line = measure_rows.measure_line
            and (
                numbered.first_segment = measure_rows.segment
                or (numbered.csp_region is not null and measure_rows.segment = 'ALL')
                or (numbered.csp_region != 'SMETS1' and measure_rows.segment = 'SMETS2')
            )
    where measure_rows.state = 'Reported'

),

last_numbers as (

    select
        figure_id,
        measure_line,
        max(exception_number) as last_number
    from changed
    group by figure_id, measure_line

),

{{ stepped('steps', first_step, next_step, most_exceptions) }},

final as (

    select
        changed.exception_id,
        changed.figure_id,
        changed.measure_line,
        changed.segment,
        changed.excluded_count,
        changed.excluded_parts,
        steps.is_applied
    from changed
    inner join steps
        on
            changed.figure_id = steps.figure_id
            and changed.measure_line = steps.measure_line
            and changed.segment = steps.segment
            and changed.exception_number = steps.exception_number

)

select * from final
