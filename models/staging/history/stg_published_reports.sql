-- Grain: one row per report and role of which industry figures were published for this month.
with

published as (

    select * from {{ source('history', 'reports') }}

),

final as (

    select
        report,
        role
    from published

)

select * from final
