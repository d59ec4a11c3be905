-- one row: how many figures of measures met their target, missed it, or are withheld
with

final as (
    select
        count(*) filter (status in ('Met', 'Below target', 'Below minimum')) as judged_count,
        count(*) filter (status = 'Met') as met_count,
        count(*) filter (is_missed) as missed_count,
        count(*) filter (status = 'Below minimum') as below_minimum_count,
        count(*) filter (status = 'No target') as no_target_count,
        count(*) filter (state = 'Withheld') as withheld_count,
        count(*) filter (state != 'Not applicable') as figure_count,
        count(*) filter (state = 'No Events') as no_events_count,
        count(distinct measure_id) filter (is_missed) as missed_measures,
        count(distinct measure_id) filter (status in ('Met', 'Below target', 'Below minimum')) as judged_measures,
        count(*) filter (is_missed and not coalesce(commentary_given, false)) as without_commentary_count
    from measure_rows
    where kind = 'M'
)

select
    judged_count,
    met_count,
    missed_count,
    below_minimum_count,
    no_target_count,
    withheld_count,
    figure_count,
    no_events_count,
    missed_measures,
    judged_measures,
    without_commentary_count
from final
order by judged_count
