{{ config(group='warehouse') }}
-- Every feed of the contract is in the list that the counts are made from, and the other way round.
with

counted as (

    select feed from {{ ref('stg_landing_counts') }}

),

contract as (

    {% for feed in landing_feeds() -%}
    {{ 'union all ' if not loop.first }}select '{{ feed.name }}' as feed
    {% else -%}
    select cast(null as string) as feed where false
    {% endfor %}

)

select
    counted.feed as counted_feed,
    contract.feed as contract_feed
from counted
full outer join contract
    on counted.feed = contract.feed
where counted.feed is null or contract.feed is null
