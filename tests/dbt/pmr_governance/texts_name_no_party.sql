{{ config(group='reporting', meta={'not_lifted': true}) }}
-- No text that is published for all names a party, in any case, as whole words. Names that a Service, a component, a
-- region or a resolver has too are left out. Of incidents the title stands in incidents.csv, service and resolver
-- also where no seed maps them. The words name feed and key, and neither the party nor the text.
-- depends_on: {{ ref('mart_pmr_summary__reconciliation') }}
with

parties as (

    select * from {{ ref('dim_parties') }}

),

incidents as (

    select * from {{ ref('fct_incidents') }}

),

dim_incidents as (

    select * from {{ ref('dim_incidents') }}

),

outages as (

    select * from {{ ref('mart_pmr_availability__outages') }}

),

exceptions as (

    select * from {{ ref('mart_pmr_governance__exceptions') }}

),

commentary as (

    select * from {{ ref('mart_pmr_governance__commentary') }}

),

service_components as (

    select * from {{ ref('service_components') }}

),

incident_services as (

    select * from {{ ref('incident_services') }}

),

segments as (

    select * from {{ ref('segments') }}

),

resolver_groups as (

    select * from {{ ref('resolver_groups') }}

),

words_of_ours as (

    select lower(service) as word
    from service_components

    union

    select lower(component) as word
    from service_components

    union

    select lower(incident_service) as word
    from incident_services

    union

    select lower(segment) as word
    from segments

    union

    select lower(resolver) as word
    from resolver_groups

    union

    select lower(resolver_group) as word
    from resolver_groups

),

names as (

    select distinct lower(party_name) as party_name
    from parties
    where
        party_name is not null
        and lower(party_name) not in (select words_of_ours.word from words_of_ours)

),

texts as (

    {% for column in ['title', 'service', 'resolver'] -%}
    select
        'incidents' as feed,
        dim_incidents.incident_id as feed_key,
        lower(dim_incidents.{{ column }}) as words
    from incidents
    inner join dim_incidents
        on incidents.incident_id = dim_incidents.incident_id
    where incidents.is_in_month {{ 'and incidents.is_major' if column == 'title' }}

    union all

    {% endfor -%}
    select
        'service_outages' as feed,
        outage_id as feed_key,
        lower(component) as words
    from outages

    union all

    select
        'performance_exceptions' as feed,
        exception_id as feed_key,
        lower(reason) as words
    from exceptions

    union all

    select
        'commentary' as feed,
        measure_id || ' ' || segment as feed_key,
        lower(text) as words
    from commentary

)

select distinct
    texts.feed,
    texts.feed_key,
    'The feed ' || texts.feed || ' names a party in ' || texts.feed_key || ', which all would read' as says
from texts
inner join names
    on position(names.party_name in texts.words) > 0
where {{ has_whole_words('texts.words', 'names.party_name') }}
