-- Grain: one row per record of the provider_measures feed, with what became of it.
with

landed as {{ inlined() }} (

    select * from {{ source('landing', 'provider_measures') }}

),

{{ typed('provider_measures') }}

judged as {{ inlined() }} (

    select
        typed.*,
        {{ reasons({
            'numerator_above_denominator': "numerator >= 0 and denominator >= 0 and numerator > denominator",
        }) }} as reasons
    from typed

),

{{ outcomes('provider_measures') }}

select * from final
