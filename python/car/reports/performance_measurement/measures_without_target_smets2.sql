-- one row per measure without a target, of a business process that SMETS1 has not, its figures side by side by segment
with

final as (
    from measures_without_target
    where not has_smets1
)

select
    key,
    row_label,
    smets2,
    north,
    central,
    south,
    north_4g,
    central_4g,
    south_4g,
    unknown_region,
    withheld_together
from final
order by line_number
