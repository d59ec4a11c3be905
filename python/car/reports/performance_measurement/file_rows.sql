-- one row per file beside this report
with

final as (
    from release.files
    where path != 'report.pdf'
)

select
    path,
    row_count
from final
order by path
