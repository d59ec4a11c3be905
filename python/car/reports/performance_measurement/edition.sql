-- one row: until when the report is due, and as of when it tells
with

run as (
    select
        content -> 'performance_report' as report,
        content -> 'variables' as given_variables
    from release.run
),

recipient as (
    select
        month_name,
        last_day,
        as_of
    from release.recipient
),

given as (
    select
        recipient.month_name,
        recipient.last_day,
        recipient.as_of,
        cast((run.report ->> 'due_on') as date) as due_on,
        cast((run.report ->> 'sec_due_on') as date) as sec_due_on,
        coalesce(cast((run.report ->> 'as_of_on') as date), cast(left(recipient.as_of, 10) as date)) as as_of_on,
        cast((run.report ->> 'as_of_working_day') as integer) as as_of_working_day,
        coalesce(cast((run.given_variables ->> 'deadline_working_days') as integer), 10) as due_working_day,
        coalesce(cast((run.given_variables ->> 'sec_deadline_working_days') as integer), 25) as sec_due_working_day
    from recipient
    cross join run
),

ranked as (
    select
        *,
        list_transform(
            [due_working_day, sec_due_working_day, as_of_working_day],
            lambda place: cast(place as varchar) || case
                when place % 100 between 11 and 13 then 'th'
                when place % 10 = 1 then 'st'
                when place % 10 = 2 then 'nd'
                when place % 10 = 3 then 'rd'
                else 'th'
            end
        ) as places
    from given
),

final as (
    select
        month_name,
        as_of,
        due_on,
        sec_due_on,
        as_of_on,
        places[1] as due_place,
        places[2] as sec_due_place,
        places[3] as as_of_place,
        as_of_on > due_on as is_after_due,
        as_of_on <= last_day as is_provisional
    from ranked
)

select
    month_name,
    as_of,
    due_on,
    sec_due_on,
    as_of_on,
    due_place,
    sec_due_place,
    as_of_place,
    is_after_due,
    is_provisional
from final
order by month_name
