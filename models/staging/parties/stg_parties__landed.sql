-- Grain: one row per record of the parties feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'parties') }}

),

{{ typed('parties') }}

same_name as (

    select
        typed.*,
        min(party_id) over (partition by published_on, lower(party_id)) as smallest_party_id
    from typed

),

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'bad_format': "published_on is not null and party_id != smallest_party_id",
            'ends_before_starts': ends_before_starts('parties'),
        }) }} as reasons
    from same_name as typed

),

{{ outcomes('parties') }}

select * from final
