-- Grain: one row per window, feed, kind of subject, subject and measure that had rows in it or in the weeks before: its
-- count beside the same hours of those weeks, and whether it has left its band.
with

until as (

    select * from {{ ref('int_watch_until') }}

),

files as (

    select * from {{ ref('stg_landing_loaded') }}

),

counts as (

    select * from {{ ref('int_watch_counts') }}

),

windows as (

    {% for slot in range(var('watch_windows')) -%}
    {{ 'union all ' if not loop.first }}select cast({{ slot }} as bigint) as slot
    {% endfor %}

),

weeks as (

    {% for week in range(1, var('watch_weeks') + 1) -%}
    {{ 'union all ' if not loop.first }}select cast({{ week }} as bigint) as week_number
    {% endfor %}

),

distinct_subjects as (

    select distinct
        feed,
        subject_kind,
        subject,
        measure
    from counts

),

subjects as (

    select
        feed,
        subject_kind,
        subject,
        measure,
        row_number() over (order by feed, subject_kind, subject, measure) as subject_number
    from distinct_subjects

),

numbered_counts as (

    select
        subjects.subject_number,
        counts.slot,
        counts.row_count
    from counts
    inner join subjects
        on
            counts.feed = subjects.feed
            and counts.subject_kind = subjects.subject_kind
            and counts.subject = subjects.subject
            and counts.measure = subjects.measure

),

-- The same hours of a week before say something where the feed has landed on their day.
slots_before as (

    select
        windows.slot,
        windows.slot + weeks.week_number * {{ slots_per_week() }} as slot_before
    from windows
    cross join weeks

),

covered as (

    select distinct
        files.feed,
        slots_before.slot,
        slots_before.slot_before
    from slots_before
    cross join until
    inner join files
        on
            files.landed_on
            = cast({{ end_of_slot('(slots_before.slot_before + 1)', 'until.looked_until') }} as date)

),

values_before as (

    select
        subjects.subject_number,
        covered.slot,
        coalesce(numbered_counts.row_count, 0) as row_count
    from subjects
    inner join covered
        on subjects.feed = covered.feed
    left join numbered_counts
        on
            subjects.subject_number = numbered_counts.subject_number
            and covered.slot_before = numbered_counts.slot

),

ranked as (

    select
        values_before.*,
        row_number() over (partition by subject_number, slot order by row_count) as place,
        count(*) over (partition by subject_number, slot) as week_count
    from values_before

),

medians as (

    select
        subject_number,
        slot,
        max(week_count) as week_count,
        min(row_count) as least_count,
        max(row_count) as most_count,
        {{ twice_the_median('row_count', 'place', 'week_count') }} as twice_median
    from ranked
    group by
        subject_number,
        slot

),

deviations as (

    select
        ranked.subject_number,
        ranked.slot,
        ranked.week_count,
        abs(2 * ranked.row_count - medians.twice_median) as twice_deviation
    from ranked
    inner join medians
        on
            ranked.subject_number = medians.subject_number
            and ranked.slot = medians.slot

),

ranked_deviations as (

    select
        deviations.*,
        row_number() over (partition by subject_number, slot order by twice_deviation) as place
    from deviations

),

spreads as (

    select
        subject_number,
        slot,
        {{ twice_the_median('twice_deviation', 'place', 'week_count') }} as four_times_spread
    from ranked_deviations
    group by
        subject_number,
        slot

),

compared as (

    select
        subjects.feed,
        subjects.subject_kind,
        subjects.subject,
        subjects.measure,
        medians.slot,
        medians.week_count,
        medians.least_count,
        medians.most_count,
        medians.twice_median,
        spreads.four_times_spread,
        coalesce(numbered_counts.row_count, 0) as row_count,
        4 * coalesce(numbered_counts.row_count, 0) - 2 * medians.twice_median as four_times_distance
    from medians
    inner join subjects
        on medians.subject_number = subjects.subject_number
    inner join spreads
        on
            medians.subject_number = spreads.subject_number
            and medians.slot = spreads.slot
    left join numbered_counts
        on
            medians.subject_number = numbered_counts.subject_number
            and medians.slot = numbered_counts.slot

),

final as (

    select
        cast({{ end_of_slot('(compared.slot + 1)', 'until.looked_until') }} as timestamp) as window_from,
        cast({{ end_of_slot('compared.slot', 'until.looked_until') }} as timestamp) as window_to,
        compared.feed,
        compared.subject_kind,
        compared.subject,
        compared.measure,
        cast(compared.row_count as bigint) as row_count,
        cast(compared.twice_median * 0.5 as decimal(18, 1)) as median_count,
        cast(compared.four_times_spread * 0.25 as decimal(18, 2)) as spread_count,
        cast(compared.least_count as bigint) as least_count,
        cast(compared.most_count as bigint) as most_count,
        cast(compared.week_count as bigint) as week_count,
        compared.four_times_distance > 0 as is_above,
        -- The band is as wide as its widest edge: the spread of these weeks (1.4826 makes it that of a bell curve),
        -- chance (the square root of a count), a share of the median, and a number of rows. Squares stand for a root.
        compared.week_count >= {{ var('watch_least_weeks') }}
        and compared.row_count not between compared.least_count and compared.most_count
        and abs(compared.four_times_distance) > {{ var('watch_spreads') }} * 1.4826 * compared.four_times_spread
        and compared.four_times_distance * compared.four_times_distance
        > {{ var('watch_spreads') }} * {{ var('watch_spreads') }} * 8 * compared.twice_median
        and abs(compared.four_times_distance) > {{ var('watch_share') }} * 2 * compared.twice_median
        and abs(compared.four_times_distance) > 4 * {{ var('watch_rows') }} as has_left_band
    from compared
    cross join until

)

select * from final
