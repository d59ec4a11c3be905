-- Grain: one row per feed and warning: how many records, or days, it is about.
with

arrivals as (

    select * from {{ ref('stg_landing_arrivals') }}

),

named_meter_points as {{ inlined() }} (

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
        {{ column }} as mpxn_key
    from {{ ref('stg_' ~ feed) }}
    {% endfor %}

),

-- Each meter point once: to judge them costs more than to count them.
meter_points as (

    select distinct mpxn_key from named_meter_points

),

wrong_meter_points as (

    select mpxn_key
    from meter_points
    where not {{ has_valid_check_digit('mpxn_key') }}

),

bad_check_digits as (

    select
        feed,
        warning,
        count(*) as row_count
    from named_meter_points
    where mpxn_key in (select wrong_meter_points.mpxn_key from wrong_meter_points)
    group by
        feed,
        warning

),

odd_arrivals as (

    select
        feed,
        'days_without_file' as warning,
        days_without_file as row_count
    from arrivals
    where is_late

    union all

    select
        feed,
        case when is_low then 'fewer_rows_than_month_before' else 'more_rows_than_month_before' end as warning,
        rows_in_month as row_count
    from arrivals
    where is_low or is_high

),

final as (

    select
        feed,
        warning,
        row_count
    from bad_check_digits

    union all

    select
        feed,
        warning,
        row_count
    from odd_arrivals

)

select * from final
