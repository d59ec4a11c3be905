-- Grain: one row per category (groups of them and `ALL` too), SMETS version (`ALL` too), resolver group (`ALL` too) and
-- whether the DCC is responsible.
{%- set cell = ['category', 'smets_version', 'resolver_group', 'is_dcc_responsible'] %}
with

incidents as (

    select *
    from {{ ref('fct_incidents') }}
    where is_raised or is_closed or is_open

),

by_category as (

    -- The gravest, and the others, are looked at together too.
    select
        incidents.*,
        {{ each_of(literal_list([
            'cast(incidents.category as string)',
            "case when incidents.is_major then 'major' else 'minor' end",
            "'ALL'",
        ])) }} as category_name
    from incidents

),

by_version as (

    select
        by_category.*,
        {{ each_of(literal_list(['by_category.smets_version', "'ALL'"])) }} as version_name
    from by_category

),

placed as (

    select
        category_name as category,
        version_name as smets_version,
        {{ each_of(literal_list(['resolver_group', "'ALL'"])) }} as resolver_group,
        is_dcc_responsible,
        is_major,
        is_raised,
        is_closed,
        is_open,
        is_open_long,
        is_closed and is_assigned_in_time as is_assigned_in_time,
        is_closed and is_resolved_in_time as is_resolved_in_time,
        case when is_closed then resolution_us end as resolution_us
    from by_version

),

ranked as (

    select
        placed.*,
        row_number() over (partition by {{ cell | join(', ') }} order by resolution_us nulls last) as place,
        count(resolution_us) over (partition by {{ cell | join(', ') }}) as measured_count
    from placed

),

final as (

    -- The median is half of the two middle ones, which are the same one where their number is odd.
    select
        {{ cell | join(',\n        ') }},
        bool_and(is_major) as is_major,
        count(*) filter (where is_raised) as raised_count,
        count(*) filter (where is_closed) as closed_count,
        count(*) filter (where is_assigned_in_time) as assigned_in_time_count,
        count(*) filter (where is_resolved_in_time) as resolved_in_time_count,
        count(*) filter (where is_open) as open_count,
        count(*) filter (where is_open_long) as open_long_count,
        count(resolution_us) as measured_count,
        cast(coalesce(sum(resolution_us), 0) as {{ wide_integer() }}) as resolution_us,
        cast(
            sum(resolution_us) filter (where place = {{ whole_quotient('measured_count + 1', '2') }})
            + sum(resolution_us) filter (where place = {{ whole_quotient('measured_count + 2', '2') }})
            as {{ wide_integer() }}
        ) as doubled_median_us,
        max(resolution_us) as longest_us
    from ranked
    group by
        {{ cell | join(',\n        ') }}

)

select * from final
