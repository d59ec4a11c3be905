-- One row per finding of all areas (the part), in the area's order, with what its page filters by to show it.
with

asked as (
    select
        *,
        case dimension
            when 'central_products_list' then 'device_type'
            when 'security_certificate' then 'device_type'
            else dimension
        end as filtered_by
    from every_area.findings
)

select
    area as part,
    area,
    case area
        when 'inventory' then 'Metering estate'
        else upper(area[1]) || replace(area[2:], '_', ' ')
    end as area_name,
    position,
    finding,
    business_process,
    srv,
    alert_code,
    dimension,
    dimension_value,
    own_value,
    reference_value,
    unit,
    affected_count,
    finding not like 'nothing_%' as is_told,
    coalesce(
        '?' || nullif(
            concat_ws(
                '&',
                'business_process=' || url_encode(business_process),
                'srv=' || url_encode(nullif(srv, 'ALL')),
                'alert_code=' || url_encode(nullif(alert_code, 'ALL')),
                case
                    when filtered_by in ('device_type', 'region', 'smets_version', 'energy_supplier_id')
                        then filtered_by || '=' || url_encode(dimension_value)
                end
            ),
            ''
        ),
        ''
    ) as query_as_is
from asked
order by is_told desc, position asc, area asc
