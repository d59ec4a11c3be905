-- Grain: one row per finding of what has ended or ends soon, so per Device Type and measure.
with

ended_or_ending as (

    select *
    from findings
    where finding in ('already_ended', 'ends_within_30_days')

),

final as (

    select
        position,
        dimension_value as device_type,
        case
            when finding = 'already_ended' and dimension = 'central_products_list' then 'cpl_ended'
            when finding = 'already_ended' then 'certificate_ended'
            when dimension = 'central_products_list' then 'cpl_ends_within_30_days'
            else 'certificate_ends_within_30_days'
        end as measure,
        try_cast(reference_value as date) as first_on,
        affected_count
    from ended_or_ending

)

select * from final
order by position
