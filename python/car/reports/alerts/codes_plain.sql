-- One row per alert code of which all is delivered, by all that is shown: as many as the sheet has room for.
with

placed as (
    select
        codes.*,
        row_number() over (order by codes.place) as line,
        count(*) over () as line_count,
        (select count(*) from codes_drawn) as drawn_count
    from codes
    where not codes.has_difference
)

select name, code, own_volume, industry_rate, industry_suppressed, own_within_target_rate, page, line_count, line
from placed
-- A line of a table with a drawing is higher than one without.
where line <= 48 - drawn_count * 5 // 4
order by line
