-- one row per row of measures.csv, its figures written with their unit
with

measures as (
    from industry.measures
),

definitions as (
    from industry.definitions
),

commentary as (
    from industry.commentary
),

-- A share is written times 100, with two decimals; but with every digit of the file where two would read as the
-- target, as the minimum, as nothing or as all, and it is not that. Others have the decimals of their unit.
written as (
    select
        *,
        list_transform(
            [value, value_before_exceptions, previous_value],
            lambda figure: case unit
                when 'share' then written_share(figure, target, minimum)
                when 'ratio' then written(figure, 6)
                when 'seconds' then written(figure, 1)
                when 'count' then written(figure, 0)
                else written(figure, 2)
            end
        ) as figures,
        list_transform(
            [target, minimum],
            lambda bound: case direction when 'lower' then 'at most ' else '' end || case unit
                when 'share' then written(bound * 100, 2)
                when 'count' then written(bound, 0)
                else written(bound, 2)
            end
        ) as bounds,
        case unit when 'share' then ' %' when 'seconds' then ' s' when 'hours' then ' h' else '' end as sign,
        list_transform(
            [numerator, denominator], lambda figure: written(figure, 0)
        ) as parts
    from measures
),

-- The text for the row's own segment comes before one without a region, one with its subject before one without.
fitting as (
    select
        measures.measure_id,
        measures.business_process,
        measures.srv,
        measures.segment,
        measures.split,
        measures.split_value,
        commentary.text,
        commentary.segment = measures.segment
        and (measures.split = 'ALL' or contains(commentary.measure_id, '/')) as is_own,
        rank() over (
            partition by
                measures.measure_id, measures.business_process, measures.srv, measures.segment, measures.split,
                measures.split_value
            order by
                commentary.segment = measures.segment desc,
                contains(commentary.measure_id, '/') desc
        ) as place
    from measures
    inner join commentary
        on
            commentary.segment in (measures.segment, 'ALL')
            and (
                measures.measure_id = commentary.measure_id
                or (
                    measures.split = 'ALL'
                    and commentary.measure_id in (
                        measures.measure_id || '/' || measures.business_process,
                        measures.measure_id || '/' || measures.srv
                    )
                )
                or (
                    measures.split != 'ALL'
                    and commentary.measure_id = measures.measure_id || '/' || measures.split_value
                )
            )
    where measures.commentary_given
),

told as (
    select
        measure_id,
        business_process,
        srv,
        segment,
        split,
        split_value,
        string_agg(text, ' ' order by text) as text,
        bool_and(is_own) as is_own
    from fitting
    where place = 1
    group by measure_id, business_process, srv, segment, split, split_value
),

named as (
    select
        definitions.measure_id,
        definitions.name,
        count(distinct measures.srv) as srvs
    from definitions
    inner join measures on definitions.measure_id = measures.measure_id
    group by definitions.measure_id, definitions.name
),

final as (
    select
        written.section,
        written.measure_id,
        split_part(written.measure_id, ':', 1) as bare_id,
        named.name as measure_name,
        written.kind,
        written.business_process,
        processes.position as process_position,
        written.srv,
        srv_names.srv_name,
        coalesce(srv_names.srv_group, 0) as srv_group,
        srv_names.srv_position,
        written.segment,
        segments.segment_name,
        segments.position as segment_position,
        written.split,
        written.split_value,
        case
            when written.split_value = 'Withheld' then 'Withheld (sum)'
            when written.split = 'category' then 'Category ' || written.split_value
            when written.split = 'severity' then 'Severity ' || written.split_value
            when written.split = 'sla_s' and written.split_value = '30' then 'Target of 30 seconds'
            when written.split = 'sla_s' and written.split_value = '86400' then 'Target of 24 hours'
            when written.split = 'sla_s' and written.split_value = '432000' then 'Target of 5 days'
            when written.split = 'sla_s' and written.split_value = 'None' then 'Without a target'
            when written.split != 'ALL' then written.split_value
        end as split_name,
        coalesce(written.srv, 'ALL') = 'ALL' or named.srvs = 1 as is_whole,
        concat_ws(
            ', ',
            named.name,
            case when written.split != 'ALL' then split_name end,
            case when written.srv != 'ALL' and named.srvs > 1 then srv_names.srv_name end
        ) as subject,
        written.unit,
        written.value,
        written.numerator,
        written.denominator,
        written.target as target_value,
        written.minimum as minimum_value,
        written.figures[1] as figure,
        written.figures[1] || written.sign as actual,
        case
            when written.unit != 'share' then written.figures[2]
            else written(written.value_before_exceptions * 100, 4)
        end || written.sign as before_exceptions,
        case
            when written.unit != 'share' then written.figures[1] else written(written.value * 100, 4)
        end || written.sign as after_exceptions,
        written.figures[3] || written.sign as previous,
        written.bounds[1] || written.sign as target,
        written.bounds[2] || written.sign as minimum,
        case
            when written.parts[1] is not null and written.unit in ('share', 'ratio')
                then written.parts[1] || ' of ' || written.parts[2]
        end as parts,
        case
            when written.state in ('Reported', 'No Events') then coalesce(written.figures[1], '–')
            when written.state = 'Withheld' then 'withheld'
        end as cell,
        written.direction,
        written.status,
        written.state,
        written.state_reason,
        starts_with(coalesce(written.status, ''), 'Below') as is_missed,
        written.commentary_required,
        written.commentary_given,
        case
            when written.commentary_required and not coalesce(written.commentary_given, false)
                then 'Commentary not supplied'
            else told.text
        end as commentary,
        coalesce(told.is_own, true) as is_own_commentary
    from written
    inner join named on written.measure_id = named.measure_id
    left join segments on written.segment = segments.segment
    left join srv_names on written.srv = srv_names.srv
    left join processes on written.business_process = processes.business_process
    left join told
        on
            written.measure_id = told.measure_id
            and told.business_process is not distinct from written.business_process
            and told.srv is not distinct from written.srv
            and written.segment = told.segment
            and written.split = told.split
            and written.split_value = told.split_value
)

select
    section,
    measure_id,
    bare_id,
    measure_name,
    kind,
    business_process,
    process_position,
    srv,
    srv_name,
    srv_group,
    srv_position,
    segment,
    segment_name,
    segment_position,
    split,
    split_value,
    split_name,
    is_whole,
    subject,
    unit,
    value,
    numerator,
    denominator,
    target_value,
    minimum_value,
    figure,
    actual,
    before_exceptions,
    after_exceptions,
    previous,
    target,
    minimum,
    parts,
    cell,
    direction,
    status,
    state,
    state_reason,
    is_missed,
    commentary_required,
    commentary_given,
    commentary,
    is_own_commentary
from final
order by section, process_position, measure_id, srv_group, srv_position, srv, split, split_value, segment_position
