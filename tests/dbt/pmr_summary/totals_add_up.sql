{{ config(group='reporting') }}
-- Check adds_up, of measures.csv: before exceptions each total is its parts, what is withheld of them as one row with
-- them. Of shares both numbers add up, of means how many they are of. Not of what is no number of things: an
-- availability, what a provider reports, hours.
-- depends_on: {{ ref('mart_pmr_summary__reconciliation') }}
with

measure_rows as (

    select * from {{ ref('int_pmr_summary__rows') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

numbers as (

    select
        measure_rows.measure_id,
        measure_rows.business_process,
        measure_rows.srv,
        measure_rows.segment,
        measure_rows.split,
        measure_rows.split_value,
        case when measure_rows.figure != 'mean' then measure_rows.numerator end as numerator,
        measure_rows.denominator,
        coalesce(measure_rows.pending, 0) as pending,
        case when measure_rows.state = 'Withheld' then 1 else 0 end as is_withheld,
        case when measure_rows.is_remainder then 1 else 0 end as is_remainder,
        measure_rows.state in ('Reported', 'No Events') as is_told,
        measures.splits
    from measure_rows
    inner join measures
        on measure_rows.measure_id = measures.measure_id
    where
        measure_rows.figure in ('count', 'share', 'mean')
        and measure_rows.state != 'Not applicable'

),

-- Which total a row is a part of, by line.
parts as (

    select
        'segments' as kind_of_parts,
        measure_id,
        business_process,
        srv,
        'SMETS2' as segment,
        split,
        split_value,
        numerator,
        denominator,
        pending,
        is_withheld,
        is_remainder
    from numbers
    where segment not in ('ALL', 'SMETS2', 'SMETS1') and measure_id not like 'CPM4%' and measure_id not like 'CPM5%'

    union all

    select
        'SMETS versions' as kind_of_parts,
        measure_id,
        business_process,
        srv,
        'ALL' as segment,
        split,
        split_value,
        numerator,
        denominator,
        pending,
        is_withheld,
        is_remainder
    from numbers
    where
        segment in ('SMETS2', 'SMETS1')
        or (segment = 'Unknown' and (measure_id like 'CPM4%' or measure_id like 'CPM5%'))

    union all

    -- One row more, of each segment that it is split in, where a part is withheld.
    select
        'values of ' || split as kind_of_parts,
        measure_id,
        business_process,
        srv,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        numerator,
        denominator,
        pending,
        is_withheld,
        is_remainder
    from numbers
    where split not in ('ALL', 'service', 'variant', 'month', 'subject')

    union all

    select
        'SRVs' as kind_of_parts,
        measure_id,
        business_process,
        'ALL' as srv,
        segment,
        split,
        split_value,
        numerator,
        denominator,
        pending,
        is_withheld,
        is_remainder
    from numbers
    where
        srv != 'ALL'
        and split = 'ALL'
        and (';' || splits || ';') like '%;srv;%'

),

sums as (

    select
        kind_of_parts,
        measure_id,
        business_process,
        srv,
        segment,
        split,
        split_value,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(pending) as pending,
        max(is_withheld) as is_withheld,
        max(is_remainder) as is_remainder
    from parts
    group by
        kind_of_parts,
        measure_id,
        business_process,
        srv,
        segment,
        split,
        split_value

)

select
    sums.kind_of_parts,
    sums.measure_id,
    numbers.numerator,
    sums.numerator as numerator_of_parts,
    numbers.denominator,
    sums.denominator as denominator_of_parts,
    numbers.pending,
    sums.pending as pending_of_parts,
    'measures.csv: ' || sums.kind_of_parts || ' of ' || sums.measure_id || coalesce(', ' || sums.business_process, '')
    || coalesce(', ' || sums.srv, '') || ' in ' || sums.segment || ' (' || sums.split || ' '
    || coalesce(sums.split_value, '') || ') do not add up to their total' as says
from sums
inner join numbers
    on
        sums.measure_id = numbers.measure_id
        and sums.business_process is not distinct from numbers.business_process
        and sums.srv is not distinct from numbers.srv
        and sums.segment = numbers.segment
        and sums.split = numbers.split
        and sums.split_value is not distinct from numbers.split_value
where
    numbers.is_told
    and numbers.is_remainder = 0
    -- Without a row of what is withheld, of what is withheld, no part is shown that has rows.
    and (sums.is_withheld = 0 or sums.is_remainder = 1)
    and (
        sums.numerator is distinct from numbers.numerator
        or sums.denominator is distinct from numbers.denominator
        or sums.pending is distinct from numbers.pending
    )
