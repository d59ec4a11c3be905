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

subjects as (

    select distinct
        feed,
        subject_kind,
        subject,
        measure
    from counts

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
        subjects.feed,
        subjects.subject_kind,
        subjects.subject,
        subjects.measure,
        covered.slot,
        coalesce(counts.row_count, 0) as row_count
    from subjects
    inner join covered
        on subjects.feed = covered.feed
    left join counts
        on
            subjects.feed = counts.feed
            and subjects.subject_kind = counts.subject_kind
            and subjects.subject = counts.subject
            and subjects.measure = counts.measure
            and covered.slot_before = counts.slot

),

ranked as (

    select
        values_before.*,
        row_number() over (
            partition by feed, subject_kind, subject, measure, slot
            order by row_count
        ) as place,
        count(*) over (partition by feed, subject_kind, subject, measure, slot) as week_count
    from values_before

),

medians as (

    select
        feed,
        subject_kind,
        subject,
        measure,
        slot,
        max(week_count) as week_count,
        min(row_count) as least_count,
        max(row_count) as most_count,
        {{ twice_the_median('row_count', 'place', 'week_count') }} as twice_median
    from ranked
    group by
        feed,
        subject_kind,
        subject,
        measure,
        slot

),

deviations as (

    select
        ranked.feed,
        ranked.subject_kind,
        ranked.subject,
        ranked.measure,
        ranked.slot,
        abs(2 * ranked.row_count - medians.twice_median) as twice_deviation,
        medians.week_count
    from ranked
    inner join medians
        on
            ranked.feed = medians.feed
            and ranked.subject_kind = medians.subject_kind
            and ranked.subject = medians.subject
            and ranked.measure = medians.measure
            and ranked.slot = medians.slot

),

ranked_deviations as (

    select
        deviations.*,
        row_number() over (
            partition by feed, subject_kind, subject, measure, slot
            order by twice_deviation
        ) as place
    from deviations

),

spreads as (

    select
        feed,
        subject_kind,
        subject,
        measure,
        slot,
        {{ twice_the_median('twice_deviation', 'place', 'week_count') }} as four_times_spread
    from ranked_deviations
    group by
        feed,
        subject_kind,
        subject,
        measure,
        slot

),

compared as (

    select
        medians.feed,
        medians.subject_kind,
        medians.subject,
        medians.measure,
        medians.slot,
        medians.week_count,
        medians.least_count,
        medians.most_count,
        medians.twice_median,
        spreads.four_times_spread,
        coalesce(counts.row_count, 0) as row_count,
        4 * coalesce(counts.row_count, 0) - 2 * medians.twice_median as four_times_distance
    from medians
    inner join spreads
        on
            medians.feed = spreads.feed
            and medians.subject_kind = spreads.subject_kind
            and medians.subject = spreads.subject
            and medians.measure = spreads.measure
            and medians.slot = spreads.slot
    left join counts
        on
            medians.feed = counts.feed
            and medians.subject_kind = counts.subject_kind
            and medians.subject = counts.subject
            and medians.measure = counts.measure
            and medians.slot = counts.slot

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
