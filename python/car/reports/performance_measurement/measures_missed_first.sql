-- one row per measure (of Services: and Service) that missed its target: its worst figure, and how many missed
with

-- Of the figures that missed, the one furthest from the target; of equal ones the one that comes first.
placed as (
    select
        *,
        case when split = 'service' then split_value end as service,
        row_number() over (
            partition by measure_id, case when split = 'service' then split_value end
            order by shortfall desc, line_number asc
        ) as place,
        count(*) over (
            partition by measure_id, case when split = 'service' then split_value end
        ) as figure_count,
        count(*) filter (status = 'Below minimum') over (
            partition by measure_id, case when split = 'service' then split_value end
        ) as below_minimum_count
    from measures_missed
),

-- The place of two lines: what is longer goes on under the page that is named beside it. Few are told in numbers.
final as (
    select
        *,
        concat_ws(
            ': ',
            concat_ws(
                ', ',
                case when length(own_part) < 24 and service is null then own_part end,
                case when segment_name != 'All' then segment_name end
            ),
            case when denominator < 100 then parts end
        ) as whereabouts,
        coalesce(service, replace(measure_name, 'within the Target Response Time', 'in time')) as name,
        case when is_own_commentary then '' else 'All: ' end || commentary as whole_commentary
    from placed
    where place = 1
)

select
    measure_id,
    service,
    concat_ws(
        ', ',
        case
            when length(name) + length(whereabouts) > 44
                then left(name, greatest(43 - length(whereabouts), 12)) || '…'
            else name
        end,
        nullif(whereabouts, '')
    ) as subject,
    rtrim(target, ' %') as target,
    rtrim(minimum, ' %') as minimum,
    figure,
    coalesce(rtrim(previous, ' %'), '–') as previous,
    status,
    figure_count,
    below_minimum_count,
    case
        when length(whole_commentary) > 48 then left(whole_commentary, 47) || '…' else whole_commentary
    end as commentary_short,
    case section
        when 3 then 'measures_of:' || business_process
        when 7 then 'cpms:'
        when 9 then 'alerts:'
        else 'missed:'
    end as page
from final
order by below_minimum_count = 0, section, process_position, measure_id, line_number
