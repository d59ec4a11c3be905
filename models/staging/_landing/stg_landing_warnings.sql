-- Grain: one row per feed and warning: how many accepted records it is about.
with

meter_points as (

    {% for feed, column in [
        ('service_requests', 'mpxn_key'),
        ('alerts', 'mpxn_key'),
        ('device_inventory', 'mpxn_key'),
        ('device_inventory', 'export_mpan_key'),
        ('registrations', 'mpxn_key'),
    ] -%}
    {{ 'union all ' if not loop.first }}
    select
        '{{ feed }}' as feed,
        '{{ column | replace('_key', '') }}_check_digit' as warning,
        count(*) as row_count
    from {{ ref('stg_' ~ feed) }}
    where not {{ has_valid_check_digit(column) }}
    {% endfor %}

),

final as (

    select
        feed,
        warning,
        row_count
    from meter_points
    where row_count > 0

)

select * from final
