-- Grain: one row per measure, business process, SRV, segment and value of a split, with what it is held against.
with

measure_rows as (

    select * from {{ ref('int_pmr_summary__rows') }}

),

exclusions as (

    select * from {{ ref('int_pmr_governance__exclusions') }}

),

names as (

    select * from {{ ref('int_pmr_summary__names') }}

),

previous as (

    select * from {{ ref('fct_previous_measures') }}

),

commentary as (

    select *
    from {{ ref('fct_commentary') }}
    where month = '{{ var("reporting_month") }}' and commentary is not null

),

excluded as (

    select
        figure_id,
        measure_line,
        segment,
        sum(cast(excluded_count as {{ wide_integer() }})) as excluded_count,
        sum(excluded_parts) as excluded_parts
    from exclusions
    where is_applied
    group by figure_id, measure_line, segment

),

-- Misses are taken away: of the whole, and of what counts as a miss.
after_exceptions as (

    select
        measure_rows.section,
        measure_rows.measure_id,
        measure_rows.kind,
        measure_rows.business_process,
        measure_rows.srv,
        measure_rows.segment,
        measure_rows.split,
        measure_rows.split_value,
        measure_rows.measure_line,
        measure_rows.unit,
        measure_rows.direction,
        measure_rows.figure,
        measure_rows.target_part,
        measure_rows.minimum_part,
        measure_rows.target_whole,
        measure_rows.is_remainder,
        measure_rows.state,
        measure_rows.state_reason,
        measure_rows.pending,
        measure_rows.numerator
        - case when measure_rows.direction = 'lower' then coalesce(excluded.excluded_count, 0) else 0 end as numerator,
        measure_rows.denominator - coalesce(excluded.excluded_count, 0) as denominator,
        cast(measure_rows.value_part as {{ wide_integer() }})
        - case when measure_rows.direction = 'lower' then coalesce(excluded.excluded_parts, 0) else 0 end as part,
        cast(measure_rows.value_whole as {{ wide_integer() }}) - coalesce(excluded.excluded_parts, 0) as whole,
        case when excluded.measure_line is not null then cast(measure_rows.value_part as {{ wide_integer() }}) end
            as part_before,
        case when excluded.measure_line is not null then cast(measure_rows.value_whole as {{ wide_integer() }}) end
            as whole_before
    from measure_rows
    left join excluded
        on
            measure_rows.measure_id = excluded.figure_id
            and measure_rows.measure_line = excluded.measure_line
            and measure_rows.segment = excluded.segment

),

stated as (

    select
        section,
        measure_id,
        kind,
        business_process,
        srv,
        segment,
        split,
        split_value,
        measure_line,
        unit,
        direction,
        figure,
        target_part,
        minimum_part,
        target_whole,
        is_remainder,
        case when whole = 0 then 'No Events' else state end as state,
        state_reason,
        pending,
        numerator,
        denominator,
        case when whole != 0 then part end as value_part,
        nullif(whole, 0) as value_whole,
        part_before,
        whole_before
    from after_exceptions

),

missed as (

    select
        *,
        {{ missed_limit('value_part', 'value_whole') }} as limit_part,
        {{ missed_limit('part_before', 'whole_before') }} as limit_part_before,
        {{ usual_decimals('unit') }} as usual,
        -- What a provider gives has long parts: more decimals than these are no longer reckoned exactly.
        case when figure = 'as_landed' then 15 else 18 end as most
    from stated

),

judged as (

    select
        *,
        least(
            {{ decimals_apart('value_part', 'value_whole', 'usual', 'limit_part', 'target_whole') }}, most
        ) as decimals,
        least(
            {{ decimals_apart('part_before', 'whole_before', 'usual', 'limit_part_before', 'target_whole') }}, most
        ) as decimals_before,
        case
            when kind = 'M' and state = 'Reported' and not is_remainder
                then {{ status_of_value('value_part', 'value_whole') }}
        end as status
    from missed

),

-- A measure that is missed asks for words, and so do top-ups that fail too often, of all Device Types together.
asked as (

    select
        *,
        coalesce(status in ('Below target', 'Below minimum'), false)
        or (
            measure_id = 'PP1.2:failed_share'
            and split = 'ALL'
            and state = 'Reported'
            and not is_remainder
            and value_part > value_whole * cast({{ var('reasons_above') }} as decimal(9, 6))
        ) as commentary_required
    from judged

),

-- What names no subject serves all rows of its measure, what names no region all segments.
written as (

    select distinct
        asked.measure_id,
        asked.measure_line,
        asked.segment
    from asked
    inner join commentary
        on
            asked.measure_id = commentary.figure_id
            and (commentary.csp_region is null or asked.segment = commentary.csp_region)
    left join names
        on
            asked.measure_id = names.measure_id
            and asked.measure_line = names.measure_line
            and commentary.subject = names.subject
    where
        asked.commentary_required
        and (commentary.subject is null or names.measure_line is not null)

),

final as (

    select
        asked.section,
        asked.measure_id,
        asked.kind,
        asked.business_process,
        asked.srv,
        asked.segment,
        asked.split,
        asked.split_value,
        asked.measure_line,
        asked.unit,
        asked.direction,
        asked.figure,
        asked.target_part,
        asked.minimum_part,
        asked.target_whole,
        asked.is_remainder,
        asked.state,
        asked.state_reason,
        asked.numerator,
        asked.denominator,
        asked.pending,
        asked.value_part,
        asked.value_whole,
        asked.decimals,
        asked.part_before,
        asked.whole_before,
        asked.decimals_before,
        previous.value as previous_value,
        asked.status,
        asked.commentary_required,
        case when asked.commentary_required then written.measure_line is not null end as commentary_given
    from asked
    left join written
        on
            asked.measure_id = written.measure_id
            and asked.measure_line = written.measure_line
            and asked.segment = written.segment
    -- What is withheld of a total is not what it was: other cells.
    left join previous
        on
            not asked.is_remainder
            and asked.measure_id = previous.measure_id
            and asked.segment = previous.segment
            and asked.split = previous.split
            and asked.split_value is not distinct from previous.split_value
            and asked.business_process is not distinct from previous.business_process
            and asked.srv is not distinct from previous.srv

)

select * from final
