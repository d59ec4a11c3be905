-- one row per business process and SMETS version with a figure: its requests as a whole, and how many succeeded
with

final as (
    from indicator_rows
    where row_group = 1 and segment in ('SMETS2', 'SMETS1') and volume is not null and volume > 0
)

select
    key,
    segment,
    volume,
    success_share
from final
order by process_position, segment_position
