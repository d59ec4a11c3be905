-- Grain: one row per warning about the report as a whole for reconciliation.csv.
with

not_applicable as (

    select * from {{ ref('int_pmr_rsvp__not_applicable') }}

),

measure_rows as (

    select * from {{ ref('mart_pmr_summary__measures') }}

),

previous as (

    select * from {{ ref('fct_previous_measures') }}

),

commentary as (

    select * from {{ ref('fct_commentary') }}

),

-- A text of this month that says what that of the month before said.
repeated_texts as (

    select
        written.measure_id,
        coalesce(written.csp_region, 'ALL') as segment
    from commentary as written
    inner join commentary as written_before
        on
            written.measure_id = written_before.measure_id
            and written.csp_region is not distinct from written_before.csp_region
            and written.commentary = written_before.commentary
    where
        written.month = '{{ var("reporting_month") }}'
        and written_before.month = '{{ month_before() }}'

),

-- Rows whose both numbers are those of the month before. What is withheld of a total is not what it was: other cells.
repeated_numbers as (

    select
        measure_rows.measure_id,
        measure_rows.segment
    from measure_rows
    inner join previous
        on
            measure_rows.measure_id = previous.measure_id
            and measure_rows.segment = previous.segment
            and measure_rows.split = previous.split
            and measure_rows.split_value is not distinct from previous.split_value
            and measure_rows.business_process is not distinct from previous.business_process
            and measure_rows.srv is not distinct from previous.srv
            and measure_rows.numerator = previous.numerator
            and measure_rows.denominator = previous.denominator
    where
        measure_rows.state = 'Reported'
        and not coalesce('Withheld' in (measure_rows.srv, measure_rows.segment, measure_rows.split_value), false)
        and not (measure_rows.split = 'day' and measure_rows.split_value is null)

),

named as (

    select
        measure_id,
        segment,
        0 as number_count
    from repeated_texts

    union all

    select
        measure_id,
        segment,
        1 as number_count
    from repeated_numbers

),

-- Of a text no row is counted.
repeated as (

    select
        measure_id,
        segment,
        sum(number_count) as number_count
    from named
    group by
        measure_id,
        segment

),

final as (

    select
        'not_applicable' as check_name,
        'SMETS1' as subject,
        cast(request_count as string) as detail
    from not_applicable
    where request_count > 0

    union all

    select
        'commentary_fresh' as check_name,
        measure_id || ' ' || segment as subject,
        cast(nullif(number_count, 0) as string) as detail
    from repeated

)

select * from final
