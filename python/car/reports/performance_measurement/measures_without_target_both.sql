-- one row per measure without a target, of a business process with SMETS1, its figures side by side by segment
with

final as (
    from measures_without_target
    where has_smets1
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
    withheld_together,
    smets1
from final
order by line_number
