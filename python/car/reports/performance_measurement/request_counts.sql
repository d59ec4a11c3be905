-- one row: how many requests of the month count, do not, or are transforms
with

final as (
    select
        cast((content ->> 'requests_counted') as bigint) as counted,
        cast((content ->> 'transforms') as bigint) as transforms,
        cast(list_sum(
            list_transform(json_extract(content, '$.requests_not_counted.*'), lambda rows: cast(rows as bigint))
        ) as bigint)
            as not_counted
    from release.run
)

select
    counted,
    transforms,
    coalesce(not_counted, 0) as not_counted
from final
order by counted
