-- Grain: one row per refused record, column and reason: what is wrong with it, and what would be right.
with

{% for feed in landing_feed_names() -%}
{{ feed }}_parsed as (

    select
        {% if execute %}{{ parsed_columns(landing_feed(feed)) }}{% endif %}
        landed.reasons,
        landed.landed_file,
        landed.landed_row
    from {{ ref('stg_' ~ feed ~ '__quarantine') }} as landed

),

{{ feed }}_faults as (

    select
        landed_file,
        landed_row,
        {{ each_of(fault_names(feed) if execute else 'reasons') }} as fault
    from {{ feed }}_parsed

),

{% endfor -%}
final as (

    {% for feed in landing_feed_names() if execute -%}
    {{ 'union all ' if not loop.first }}
    select
        '{{ feed }}' as feed,
        landed_file,
        landed_row,
        {{ fault_property(feed, 'fault', 'column_name') }} as column_name,
        {{ fault_property(feed, 'fault', 'reason') }} as reason,
        {{ fault_property(feed, 'fault', 'expected') }} as expected
    from {{ feed }}_faults
    {% endfor %}

)

select * from final
