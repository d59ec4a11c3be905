-- Grain: one row per cell of the industry report, cell that holds it, and way in which it does: where that is
-- withheld, so is this. Of the ways 1 and 2 both have to be withheld; of way 0 each one is enough.
{%- set key = pmr_cell_key() %}
with

cells as (

    select * from {{ ref('int_pmr_disclosure__cell_pools') }}

),

segments as (

    select * from {{ ref('segments') }}

),

wider_segments as (

    -- A region is held by SMETS2.
    select
        segment,
        segment as wider_segment
    from segments

    union all

    select
        segment,
        'SMETS2' as wider_segment
    from segments
    where is_region

),

wider as (

    select
        cells.cell_id,
        cells.family,
        cells.business_process,
        cells.item,
        wider_segments.wider_segment as segment,
        cells.split,
        cells.split_value
    from cells
    inner join wider_segments
        on cells.segment = wider_segments.segment

),

by_item as (

    -- An SRV, or a Device Type of installs, is held by what all of them make. Its own types are parts of its month.
    select * from wider

    union all

    select
        cell_id,
        family,
        business_process,
        'ALL' as item,
        segment,
        split,
        split_value
    from wider
    where item != 'ALL' and split not in ('device_type', 'sla_s')

),

by_split as (

    -- A day, type, class or reason is held by the month. A month is held by none. What is open does not add up over
    -- days, so its month says nothing of them.
    select * from by_item

    union all

    select
        cell_id,
        family,
        business_process,
        item,
        segment,
        'ALL' as split,
        'ALL' as split_value
    from by_item
    where
        split not in ('ALL', 'month')
        and family != 'open_8_14_2'

    union all

    -- So is a type of a measure on one SRV by that of all SRVs, which holds the SRV.
    select
        cell_id,
        family,
        business_process,
        'ALL' as item,
        segment,
        'ALL' as split,
        'ALL' as split_value
    from wider
    where item != 'ALL' and split in ('device_type', 'sla_s')

),

of_same_rows as (

    -- What is over the same rows, or over parts of them, is held by that of the requests.
    select
        by_split.cell_id,
        0 as way,
        case
            when by_split.family in ('failures', 'CoS1', 'B1', 'B1.1', 'PP1', 'PP1.1:local') then 'rsvp'
            else by_split.family
        end as family,
        by_split.business_process,
        by_split.item,
        by_split.segment,
        by_split.split,
        by_split.split_value
    from by_split

    union all

    -- Failures of a measure of its own are held by that too.
    select
        cell_id,
        0 as way,
        case item when '2.2' then 'PP1' else 'CoS1' end as family,
        business_process,
        item,
        segment,
        split,
        split_value
    from by_split
    where family = 'failures' and item in ('2.2', '6.23')

    union all

    -- A Device Type of the changes of mode is a part of the type of Prepayment.
    select
        cell_id,
        0 as way,
        'rsvp' as family,
        business_process,
        'ALL' as item,
        segment,
        split,
        split_value
    from cells
    where family = 'PP2' and split != 'ALL'

    union all

    select
        cell_id,
        0 as way,
        'alerts' as family,
        '' as business_process,
        'ALL' as item,
        'ALL' as segment,
        'alert_code' as split,
        case family when 'PP1.1:810E' then '810E' else 'N13' end as split_value
    from cells
    where family in ('EH3:alerts', 'EH3:devices', 'PP1.1:810E')

    union all

    -- The changes of mode together follow from each, which Prepayment holds, and from Prepayment less the top-ups.
    {% for way, item in [(1, '1.6'), (1, '2.1'), (1, 'ALL'), (2, 'ALL'), (2, '2.2')] -%}
    {{ 'union all ' if not loop.first }}select
        cell_id,
        {{ way }} as way,
        'rsvp' as family,
        business_process,
        '{{ item }}' as item,
        segment,
        split,
        split_value
    from by_split
    where family = 'PP2'
    {% endfor %}

),

held as (

    select * from of_same_rows

    union all

    -- Of what holds by the same rows, its own measure holds too.
    select
        cell_id,
        0 as way,
        family,
        business_process,
        item,
        segment,
        split,
        split_value
    from by_split

),

final as (

    select distinct
        held.cell_id,
        holding.cell_id as holder_id,
        held.way
    from held
    inner join cells as holding
        on
            -- Said of two that are never null, so that every engine finds them by their keys.
            held.family = holding.family
            and held.segment = holding.segment
            and {{ is_same_in('held', 'holding', key) }}
    where held.cell_id != holding.cell_id

)

select * from final
