-- Grain: one row: when the industry report of the month is due, and how old its data are.
with

working_days as (

    select * from {{ ref('dim_working_days') }}

),

bank_holidays as (

    select * from {{ ref('bank_holidays') }}

),

listed as (

    select max(date) as last_listed_on
    from bank_holidays

),

due as (

    select
        max(case when working_day_number = {{ var('deadline_working_days') }} then day end) as due_on,
        max(case when working_day_number = {{ var('sec_deadline_working_days') }} then day end) as sec_due_on,
        cast({{ as_of() }} as date) as as_of_on,
        max(day) as last_working_day_on,
        count(case when day <= cast({{ as_of() }} as date) then 1 end) as working_days_to_as_of
    from working_days

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        due.due_on,
        due.sec_due_on,
        due.as_of_on,
        case
            when due.as_of_on <= due.last_working_day_on then cast(due.working_days_to_as_of as integer)
        end as as_of_working_day,
        due.as_of_on > due.due_on as is_as_of_after_due,
        -- The list is whole years: of a later one it knows no bank holiday.
        extract(year from due.last_working_day_on) <= extract(year from listed.last_listed_on) as is_known
    from due
    cross join listed

)

select * from final
