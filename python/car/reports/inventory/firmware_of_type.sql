-- Grain: one row per Device Type with a page, model and firmware version, of the models with the most Devices.
with

models as (

    select *
    from models_of_type
    where place <= 4

),

versions as (

    select
        models.key,
        models.model,
        models.model_count,
        models.is_shared,
        models.place as model_place,
        summary.firmware_version,
        case when summary.firmware_version != 'All other' then summary.device_count end as device_count,
        -- What the rows above do not show: the row has no figure of the recipient's own.
        case when summary.firmware_version != 'All other' then summary.own_share end as own_share,
        summary.industry_share,
        summary.industry_suppressed,
        summary.firmware_version = 'All other' as is_rest,
        row_number() over (
            partition by
                models.key,
                models.model,
                summary.firmware_version = 'All other'
            order by
                summary.device_count desc,
                summary.firmware_version desc
        ) as place,
        count(*) over (partition by models.key, models.model, summary.firmware_version = 'All other') as version_count
    from models
    inner join summary
        on
            models.graph_type = summary.device_type
            and models.device_manufacturer = summary.device_manufacturer
            and models.device_model = summary.device_model

),

final as (

    select
        key,
        model,
        firmware_version,
        device_count,
        own_share,
        industry_share,
        industry_suppressed,
        version_count,
        model_count,
        is_shared,
        is_rest,
        model_place,
        place
    from versions
    where place <= 3

)

select * from final
order by
    key,
    model_place,
    is_rest,
    place
