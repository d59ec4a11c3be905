-- Grain: one row per row of rsvp_monthly.csv or of the activations by Device Type, the rows `Withheld` among them.
{%- set cell = ['business_process', 'srv', 'segment', 'split', 'split_value'] %}
with

rectangle as (

    select
        business_process,
        srv,
        segment,
        split,
        split_value,
        is_applicable
    from {{ ref('int_pmr_rsvp__rectangle') }}

    union all

    select
        business_process,
        item as srv,
        segment,
        split,
        split_value,
        true as is_applicable
    from {{ ref('int_pmr_rsvp__cells') }}
    where family = 'rsvp' and split = 'device_type' and item != 'ALL'

),

months as (

    select * from {{ ref('int_pmr_rsvp__months') }}

),

speeds as (

    select * from {{ ref('int_pmr_rsvp__speeds') }}

),

shown as (

    select * from {{ ref('int_pmr_disclosure__cells') }}

),

remainders as (

    select * from {{ ref('int_pmr_disclosure__remainders') }}
    where family = 'rsvp' and split != 'day'

),

pooled as (

    select
        {{ cell | join(',\n        ') }},
        {{ request_sums() }}
    from months
    group by
        {{ cell | join(',\n        ') }}

),

of_the_rectangle as (

    select
        rectangle.{{ cell | join(',\n        rectangle.') }},
        rectangle.is_applicable,
        not coalesce(requests.is_shown, true) as is_withheld,
        not coalesce(requests.is_shown, true) or not coalesce(measured.is_shown, true) as is_rtt_withheld,
        not coalesce(requests.is_shown, true) or not coalesce(networks.is_shown, true) as is_network_withheld,
        false as is_remainder,
        {% for column in request_counts() -%}
        coalesce(pooled.{{ column }}, 0) as {{ column }},
        {% endfor -%}
        pooled.rtt_sum_ms,
        pooled.rtt_min_ms,
        pooled.rtt_max_ms,
        speeds.median_doubled_ms,
        speeds.p99_hundredths_ms,
        pooled.network_sum_ms
    from rectangle
    left join pooled
        on {{ is_same_in('rectangle', 'pooled', cell) }}
    -- The measured all have one class of target: of that class the same as of all, of others none.
    left join speeds
        on
            rectangle.business_process = speeds.business_process
            and rectangle.srv = speeds.srv
            and rectangle.segment = speeds.segment
            and (
                (rectangle.split = 'device_type' and rectangle.split_value = speeds.device_type)
                or (
                    (rectangle.split = 'ALL' or rectangle.split_value = '{{ var("speed_trt_s") }}')
                    and speeds.device_type = 'ALL'
                )
            )
    {% for alias, family in {'requests': 'rsvp', 'measured': 'rsvp:rtt', 'networks': 'rsvp:network'}.items() -%}
    left join shown as {{ alias }}
        on
            {{ alias }}.family = '{{ family }}'
            and rectangle.business_process = {{ alias }}.business_process
            and rectangle.srv = {{ alias }}.item
            and rectangle.segment = {{ alias }}.segment
            and rectangle.split = {{ alias }}.split
            and rectangle.split_value = {{ alias }}.split_value
    {% endfor %}

),

withheld_together as (

    -- The total less the shown parts.
    select
        remainders.business_process,
        remainders.item as srv,
        remainders.segment,
        remainders.split,
        remainders.split_value,
        {{ remainder_sums(request_counts(), 'pooled') }}
    from remainders
    inner join pooled
        on
            remainders.business_process = pooled.business_process
            and remainders.term_item = pooled.srv
            and remainders.term_segment = pooled.segment
            and remainders.term_split = pooled.split
            and remainders.term_split_value = pooled.split_value
    group by
        remainders.business_process,
        remainders.item,
        remainders.segment,
        remainders.split,
        remainders.split_value

),

final as (

    select * from of_the_rectangle

    union all

    select
        {{ cell | join(',\n        ') }},
        true as is_applicable,
        false as is_withheld,
        true as is_rtt_withheld,
        true as is_network_withheld,
        true as is_remainder,
        {% for column in request_counts() -%}
        {{ column }},
        {% endfor -%}
        null as rtt_sum_ms,
        null as rtt_min_ms,
        null as rtt_max_ms,
        null as median_doubled_ms,
        null as p99_hundredths_ms,
        null as network_sum_ms
    from withheld_together

)

select * from final
