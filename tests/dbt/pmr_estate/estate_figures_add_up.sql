-- Before disclosure, every count of a cell is the sum of its regions, of its Device Types or codes, and of its days.
-- Of a file, so that a failure keeps no model from being built and `--force` can publish:
-- depends_on: {{ ref('mart_pmr_estate__alerts') }}
with

figures as (

    select * from {{ ref('int_pmr_estate__figures') }}

),

segments as (

    select * from {{ ref('segments') }}

),

cells as (

    select
        figures.*,
        segments.is_region
    from figures
    inner join segments
        on figures.segment = segments.segment
    where figures.family not like 'alerts:%'

),

parts as (

    select
        'regions' as kind,
        family,
        item,
        'SMETS2' as segment,
        split,
        split_value,
        amount_name,
        amount
    from cells
    where
        is_region
        and (split in ('ALL', 'month') or family in ({{ listed(pmr_install_families()) }}))

    union all

    select
        'types and codes' as kind,
        family,
        item,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        amount_name,
        amount
    from cells
    where
        split in ('device_type', 'alert_code')

    union all

    select
        'types of installs' as kind,
        family,
        'ALL' as item,
        segment,
        split,
        split_value,
        amount_name,
        amount
    from cells
    where
        family in ('successful_installs', 'successful_installs:before', 'failed_installs')
        and item != 'ALL'

    union all

    select
        'days' as kind,
        family,
        item,
        segment,
        'ALL' as split,
        'ALL' as split_value,
        amount_name,
        amount
    from cells
    where
        split = 'day'
        and family != 'open_8_14_2'

),

added as (

    select
        kind,
        family,
        item,
        segment,
        split,
        split_value,
        amount_name,
        sum(amount) as amount
    from parts
    group by
        kind,
        family,
        item,
        segment,
        split,
        split_value,
        amount_name

)

select added.family || ', ' || added.segment || ': the ' || added.kind || ' do not add up to the whole' as says
from added
left join cells
    on
        added.family = cells.family
        and added.item = cells.item
        and added.segment = cells.segment
        and added.split = cells.split
        and added.split_value = cells.split_value
        and added.amount_name = cells.amount_name
where added.amount is distinct from cells.amount
