-- One row per alert code whose share delivered differs from 1, as many as the sheet has room for, in order of `codes`.
with

placed as (
    select
        codes.*,
        row_number() over (order by codes.place) as line,
        count(*) over () as line_count,
        (select count(*) from codes where not codes.has_difference) as plain_count
    from codes
    where codes.has_difference
)

select
    name, code, own_volume, own_rate, industry_rate, industry_suppressed, before_rate, is_below, page, line_count, line
from placed
where line <= case when plain_count > 0 then 30 else 46 end
order by line
