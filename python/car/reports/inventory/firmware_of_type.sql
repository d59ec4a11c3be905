-- Grain: one row per Device Type with a page, model and firmware version, of the models with the most Devices.
with

busy_types as (

    -- What needs attention takes the room of a model.
    select distinct key
    from attention_of_type

),

models as (

    select models_of_type.*
    from models_of_type
    left join busy_types
        on models_of_type.key = busy_types.key
    where models_of_type.place <= case when busy_types.key is null then 5 else 3 end

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
        case when summary.firmware_version != 'All other' then summary.own_share end as own_rate,
        summary.industry_share as industry_rate,
        summary.industry_suppressed,
        coalesce(summary.own_share < summary.industry_share and summary.firmware_version != 'All other', false)
            as is_below,
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
        own_rate,
        industry_rate,
        industry_suppressed,
        is_below,
        cast(null as decimal(38, 6)) as before_rate,
        cast(null as decimal(38, 6)) as peers_lowest,
        cast(null as decimal(38, 6)) as peers_highest,
        version_count,
        model_count,
        is_shared,
        is_rest,
        model_place,
        place
    from versions
    where
        place <= 3
        -- A rest that is withheld says nothing.
        and (not is_rest or industry_rate is not null)

)

select * from final
order by
    key,
    model_place,
    is_rest,
    place
