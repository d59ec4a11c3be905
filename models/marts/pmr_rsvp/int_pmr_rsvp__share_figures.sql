-- Grain: one row per measure over requests that are no row of rsvp_monthly.csv, and cell or row `Withheld` of it.
{%- set key = pmr_cell_key() %}
with

cells as (

    select * from {{ ref('int_pmr_rsvp__cells') }}
    where family not in ('rsvp', 'rsvp:rtt', 'rsvp:network', 'ITER', 'failures')

    union all

    -- For all together the measures of the DCC's own are shown, whatever they pool.
    {% for family in ['CPM1', 'CPM2'] -%}
    {{ 'union all ' if not loop.first }}select
        '{{ family }}' as family,
        '' as business_process,
        'ALL' as item,
        'ALL' as segment,
        'ALL' as split,
        'ALL' as split_value
    {% endfor %}

),

shares as (

    select * from {{ ref('int_pmr_rsvp__shares') }}

),

shown as (

    select * from {{ ref('int_pmr_disclosure__cells') }}

),

remainders as (

    select * from {{ ref('int_pmr_disclosure__remainders') }}

),

pooled as (

    select
        {{ key | join(',\n        ') }},
        cast(sum(part_count) as bigint) as part_count,
        cast(sum(whole_count) as bigint) as whole_count,
        cast(sum(pending_count) as bigint) as pending_count
    from shares
    group by
        {{ key | join(',\n        ') }}

),

final as (

    select
        cells.{{ key | join(',\n        cells.') }},
        not coalesce(shown.is_shown, true) as is_withheld,
        coalesce(pooled.part_count, 0) as part_count,
        coalesce(pooled.whole_count, 0) as whole_count,
        coalesce(pooled.pending_count, 0) as pending_count
    from cells
    left join pooled
        on {{ is_same_in('cells', 'pooled', key) }}
    left join shown
        on {{ is_same_in('cells', 'shown', key) }}

    union all

    select
        remainders.{{ key | join(',\n        remainders.') }},
        false as is_withheld,
        {{ remainder_sums(['part_count', 'whole_count', 'pending_count'], 'pooled') }}
    from remainders
    inner join pooled
        on
            remainders.family = pooled.family
            and remainders.business_process = pooled.business_process
            and remainders.term_item = pooled.item
            and remainders.term_segment = pooled.segment
            and remainders.term_split = pooled.split
            and remainders.term_split_value = pooled.split_value
    group by
        remainders.{{ key | join(',\n        remainders.') }}

)

select * from final
