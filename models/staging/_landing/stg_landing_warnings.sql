-- Grain: one row per feed and warning: how many records, or days, it is about.
with

arrivals as (

    select * from {{ ref('stg_landing_arrivals') }}

),

-- Each meter point once: to judge them costs more than to count them.
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
        {{ column }} as mpxn_key,
        count(*) as row_count
    from {{ ref('stg_' ~ feed) }}
    group by {{ column }}
    {% endfor %}

),

bad_check_digits as (

    select
        feed,
        warning,
        cast(sum(row_count) as bigint) as row_count
    from meter_points
    where not {{ has_valid_check_digit('mpxn_key') }}
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
