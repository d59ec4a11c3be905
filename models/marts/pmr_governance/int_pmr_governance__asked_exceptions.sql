-- Grain: one row per exception of the reporting month, with the reason that refuses it whatever else is excluded.
with

exceptions as (

    select * from {{ ref('fct_performance_exceptions') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

pmel as (

    select * from {{ ref('pmel') }}

),

names as (

    select * from {{ ref('int_pmr_summary__names') }}

),

measure_rows as (

    select * from {{ ref('int_pmr_summary__rows') }}

),

all_segments as (

    select * from {{ ref('segments') }}

),

named_lines as (

    select
        measure_id,
        subject,
        count(*) as line_count,
        min(measure_line) as measure_line
    from names
    group by measure_id, subject

),

-- The reasons and measures of the list that hold in the month.
listed as (

    select distinct
        reason,
        measure_id
    from pmel
    where
        from_month <= '{{ var("reporting_month") }}'
        and (to_month is null or to_month >= '{{ var("reporting_month") }}')

),

known as (

    select
        exceptions.exception_id,
        exceptions.measure_id,
        exceptions.figure_id,
        exceptions.subject,
        exceptions.csp_region,
        exceptions.excluded_count,
        exceptions.reason,
        exceptions.is_approved,
        listed.measure_id is not null as is_listed,
        measures.measure_id is not null as is_known_measure,
        measures.kind,
        measures.unit,
        measures.direction,
        coalesce(named_lines.line_count, 0) as line_count,
        case when named_lines.line_count = 1 then named_lines.measure_line end as measure_line
    from exceptions
    left join listed
        on
            exceptions.reason = listed.reason
            and exceptions.figure_id = listed.measure_id
    left join measures
        on exceptions.figure_id = measures.measure_id
    left join named_lines
        on
            exceptions.figure_id = named_lines.measure_id
            and exceptions.subject is not distinct from named_lines.subject
    where exceptions.month = '{{ var("reporting_month") }}'

),

segments as (

    select
        segment,
        case segment when 'SMETS2' then 2 else 3 end as place
    from all_segments
    where segment in ('SMETS2', 'ALL')

),

-- The row of its region, that of SMETS2 and that of `ALL`, as far as there are such; without a region one alone.
segments_of_region as (

    select
        known.exception_id,
        segments.segment,
        segments.place
    from known
    inner join segments
        on known.csp_region is null or known.csp_region != 'SMETS1' or segments.segment = 'ALL'

    union all

    select
        exception_id,
        csp_region as segment,
        1 as place
    from known
    where csp_region is not null

),

found as (

    select
        known.exception_id,
        segments_of_region.segment,
        case
            when known.csp_region is null then 4 - segments_of_region.place
            else segments_of_region.place
        end as place,
        measure_rows.state
    from known
    inner join segments_of_region
        on known.exception_id = segments_of_region.exception_id
    inner join measure_rows
        on
            known.figure_id = measure_rows.measure_id
            and known.measure_line = measure_rows.measure_line
            and segments_of_region.segment = measure_rows.segment

),

first_rows as (

    select
        exception_id,
        {{ value_of_least('state', 'place') }} as first_state,
        {{ value_of_least('segment', 'place') }} as first_segment
    from found
    group by exception_id

),

final as (

    select
        known.exception_id,
        known.measure_id,
        known.figure_id,
        known.measure_line,
        known.csp_region,
        known.excluded_count,
        known.reason,
        known.direction,
        first_rows.first_segment,
        case
            when not known.is_approved then 'unapproved'
            when not known.is_listed then 'not in the PMEL'
            when not known.is_known_measure or (known.subject is not null and known.line_count = 0)
                then 'unknown measure'
            when known.kind != 'M' then 'indicator'
            when known.line_count != 1 or first_rows.exception_id is null then 'several rows'
            when known.unit != 'share' then 'not a share'
            when known.excluded_count is null then 'no count'
            when first_rows.first_state != 'Reported' then 'more than the misses'
        end as refusal
    from known
    left join first_rows
        on known.exception_id = first_rows.exception_id

)

select * from final
