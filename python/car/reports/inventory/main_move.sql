-- Grain: one row, or none: what is clearly worse than in the month before or the industry, of what findings leave out.
with

worst as (

    select
        *,
        greatest(worse_than_before, worse_than_industry) as gap
    from moves
    where
        measure in ('commissioned', 'on_newest_firmware', 'no_read_in_30_days', 'never_read')
        and greatest(worse_than_before, worse_than_industry) >= 0.02
    order by
        gap desc,
        place asc
    limit 1

),

meter_models as (

    select
        device_model,
        sum(device_count) as model_count,
        sum(unread_count) as unread_count,
        sum(never_read_count) as never_read_count
    from products
    where device_type in ('ESME', 'GSME')
    group by device_model

),

counted_models as (

    select
        worst.measure,
        meter_models.device_model,
        meter_models.model_count,
        case worst.measure
            when 'no_read_in_30_days' then meter_models.unread_count
            when 'never_read' then meter_models.never_read_count
        end as of_model_count
    from worst
    cross join meter_models

),

largest_model as (

    -- The model with most of them; those that are not known have none in common.
    select *
    from counted_models
    where
        of_model_count > 0
        and device_model != 'Unknown'
    order by
        of_model_count desc,
        device_model asc
    limit 1

),

final as (

    select
        worst.measure,
        worst.device_count,
        worst.of_count,
        worst.own_rate,
        worst.industry_rate,
        worst.before_rate,
        largest_model.device_model,
        largest_model.of_model_count,
        largest_model.model_count
    from worst
    left join largest_model
        on worst.measure = largest_model.measure

)

select * from final
order by measure
