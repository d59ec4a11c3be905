-- Grain: one row per measure, business process, SRV, segment and value of a split that a section tells of.
with

final as (

    {% for model in [
        'int_pmr_availability__measures',
        'int_pmr_estate__measures',
        'int_pmr_governance__measures',
        'int_pmr_incidents__measures',
        'int_pmr_outcomes__measures',
        'int_pmr_rsvp__measures',
    ] -%}
    {{ 'union all' if not loop.first }}
    select
        {{ pmr_measure_columns() | join(',\n        ') }},
        '{{ model }}' as reckoned_by
    from {{ ref(model) }}
    {% endfor %}

)

select * from final
