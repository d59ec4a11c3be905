-- Reference: the code list of report statuses, with names.
-- Grain: one row per report status of the Service Audit Trail.
with

codes as (

    select * from {{ ref('report_statuses') }}

),

final as (

    select
        report_status_id,
        description as name,
        cast(null as string) as description
    from codes

)

select * from final
