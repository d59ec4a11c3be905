-- Grain: one row per alert code with a page and failure reason code: how many alerts were not delivered for it.
with

alert as (

    select * from alert
    where outcome = 'Failed'

),

reason_words as (

    select * from reason_words

),

code_pages as (

    select * from code_pages

),

counted as (

    select
        alert.file_name as key,
        alert.failure_reason_code,
        sum(alert.alert_count)::bigint as undelivered
    from alert
    inner join code_pages
        on alert.file_name = code_pages.key
    group by alert.file_name, alert.failure_reason_code

),

final as (

    select
        counted.key,
        coalesce(reason_words.reason, 'No name known') as reason,
        counted.failure_reason_code,
        counted.undelivered,
        share(counted.undelivered, sum(counted.undelivered) over (partition by counted.key)) as share_of_undelivered
    from counted
    left join reason_words
        on counted.failure_reason_code = reason_words.failure_reason_code

)

select * from final
order by key, undelivered desc, failure_reason_code
