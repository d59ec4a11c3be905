-- One row per alert code whose share delivered differs from 1, as many as the sheet has room for, in order of `codes`.
with

placed as (
    select
        codes.*,
        row_number() over (partition by codes.has_difference order by codes.place) as drawn_place,
        count(*) filter (where codes.has_difference) over () as line_count,
        count(*) filter (where not codes.has_difference) over () as plain_count
    from codes
)

select
    name,
    code,
    own_volume,
    own_rate,
    industry_rate,
    industry_suppressed,
    before_rate,
    is_below,
    page,
    line_count,
    drawn_place
from placed
where has_difference and drawn_place <= case when plain_count > 0 then 30 else 46 end
order by drawn_place
