-- Grain: one row per measure, business process, SRV, segment and value of a split: measures.csv before exceptions.
with

rectangle as (

    select * from {{ ref('int_pmr_summary__rectangle') }}

),

figures as (

    select * from {{ ref('int_pmr_summary__figures') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

measure_feeds as (

    select * from {{ ref('pmr_measure_feeds') }}

),

feeds as (

    select * from {{ ref('dim_landing_feeds') }}

),

-- A row that the rectangle has not: of a subject or segment that only a provider gives, or of all that is withheld of a
-- total.
laid as (

    select
        coalesce(rectangle.measure_id, figures.measure_id) as measure_id,
        coalesce(rectangle.business_process, figures.business_process) as business_process,
        coalesce(rectangle.srv, figures.srv) as srv,
        coalesce(rectangle.segment, figures.segment) as segment,
        coalesce(rectangle.split, figures.split) as split,
        coalesce(rectangle.split_value, figures.split_value) as split_value,
        rectangle.measure_id is null as is_added,
        coalesce(rectangle.is_whole, true) as is_whole,
        coalesce(rectangle.is_applicable, true) as is_applicable_to_smets,
        figures.measure_id is not null as has_figure,
        figures.numerator,
        figures.denominator,
        figures.pending,
        figures.value_part,
        figures.value_whole,
        coalesce(figures.is_withheld, false) as is_withheld,
        figures.state_reason
    from rectangle
    full join figures
        on
            rectangle.measure_id = figures.measure_id
            and rectangle.segment = figures.segment
            and rectangle.split = figures.split
            and rectangle.split_value is not distinct from figures.split_value
            and rectangle.business_process is not distinct from figures.business_process
            and rectangle.srv is not distinct from figures.srv

),

known as (

    select
        measures.section,
        measures.kind,
        measures.unit,
        measures.direction,
        measure_feeds.figure,
        measure_feeds.feed,
        measure_feeds.can_be_pending,
        coalesce(feeds.is_loaded, false) as is_loaded,
        laid.*,
        laid.is_added
        and measure_feeds.figure != 'as_landed'
        and (
            coalesce('Withheld' in (laid.srv, laid.segment, laid.split_value), false)
            or (laid.split = 'day' and laid.split_value is null)
        ) as is_remainder,
        -- A service without regions, or a component outside its scope, is so for the section to say.
        laid.is_applicable_to_smets and coalesce(laid.state_reason, '') != 'no regions' as is_applicable,
        cast(measures.target * 100 as bigint) as target_part,
        cast(measures.minimum * 100 as bigint) as minimum_part,
        case when measures.unit = 'share' then 10000 else 100 end as target_whole
    from laid
    inner join measures
        on laid.measure_id = measures.measure_id
    inner join measure_feeds
        on laid.measure_id = measure_feeds.measure_id
    left join feeds
        on measure_feeds.feed = feeds.feed

),

-- Without a figure nothing happened: a count of 0, of a share 0 of 0, of a mean none.
filled as (

    select
        *,
        case when has_figure or figure in ('mean', 'sum') then numerator else 0 end as filled_numerator,
        case when has_figure or unit = 'count' or figure = 'sum' then denominator else 0 end as filled_denominator,
        case when has_figure or not can_be_pending then pending else 0 end as filled_pending,
        case when has_figure or unit != 'count' then value_part else 0 end as filled_part,
        case when has_figure or unit != 'count' then value_whole else 1 end as filled_whole
    from known

),

stated as (

    select
        *,
        case
            when is_remainder then 'Reported'
            when not is_applicable then 'Not applicable'
            when is_withheld then 'Withheld'
            when not is_loaded or coalesce(filled_whole, 0) = 0 then 'No Events'
            when unit = 'count' and kind != 'M' and filled_part = 0 then 'No Events'
            else 'Reported'
        end as state
    from filled

),

told as (

    select
        *,
        state in ('Reported', 'No Events') and (is_loaded or is_remainder) as is_told
    from stated

),

final as (

    select
        section,
        measure_id,
        kind,
        business_process,
        srv,
        segment,
        split,
        split_value,
        unit,
        direction,
        figure,
        target_part,
        minimum_part,
        target_whole,
        {{ line_of_row() }} as measure_line,
        is_whole,
        is_added,
        is_remainder,
        state,
        case
            when is_remainder then null
            when not is_applicable_to_smets then 'SMETS1 not applicable'
            when not is_applicable then state_reason
            when is_withheld then 'disclosure'
            when not is_loaded then 'no file of ' || feed
            else state_reason
        end as state_reason,
        case when is_told then filled_numerator end as numerator,
        case when is_told then filled_denominator end as denominator,
        case when is_told then filled_pending end as pending,
        case when is_told and filled_whole != 0 then filled_part end as value_part,
        case when is_told and filled_whole != 0 then filled_whole end as value_whole,
        -- What one of an exception's count is of the value's parts.
        case figure
            when 'availability' then cast(60000000 as bigint)
            when 'as_landed' then {{ landed_parts() }}
            else 1
        end as parts_per_count
    from told

)

select * from final
