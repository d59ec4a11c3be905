{#- The feeds of the landing zone by name. A list, not `landing_feeds()`: dbt must know the models that are
    read before it knows the sources; a test holds the two against each other. -#}
{% macro landing_feed_names() -%}
    {%- do return([
        'alerts',
        'central_products_list',
        'commentary',
        'defects',
        'device_inventory',
        'firmware_distributions',
        'incidents',
        'parties',
        'performance_exceptions',
        'power_outage_timings',
        'provider_measures',
        'registrations',
        'service_outages',
        'service_requests',
        'throttling_events',
    ]) -%}
{%- endmacro %}
