-- Grain: one row per measure, with a subject or without, and region, or `ALL`, that was reported for the month.
with

provider_measures as (

    select * from {{ ref('fct_provider_measures') }}

),

measures as (

    select * from {{ ref('pmr_measures') }}

),

-- Numbers below a million million are reckoned with, in parts that keep all decimals; larger ones are only listed.
of_the_month as (

    select
        measure_id,
        figure_id,
        subject,
        coalesce(csp_region, 'ALL') as segment,
        service_provider,
        numerator,
        denominator,
        service_credit_pence,
        1000000000000 as limit_of_numbers,
        {{ in_landed_parts('numerator') }} as numerator_parts,
        {{ in_landed_parts('denominator') }} as denominator_parts
    from provider_measures
    where month = '{{ var("reporting_month") }}'

),

final as (

    select
        of_the_month.measure_id,
        of_the_month.figure_id,
        of_the_month.subject,
        of_the_month.segment,
        of_the_month.service_provider,
        of_the_month.numerator,
        of_the_month.denominator,
        of_the_month.numerator_parts,
        of_the_month.denominator_parts,
        of_the_month.service_credit_pence,
        measures.measure_id is not null as is_known,
        coalesce(measures.segments = 'given', false) as is_given,
        coalesce(
            of_the_month.numerator < of_the_month.limit_of_numbers
            and of_the_month.denominator < of_the_month.limit_of_numbers,
            false
        ) as is_share,
        of_the_month.measure_id = 'TR1:gb_volume'
        and of_the_month.segment = 'ALL'
        and coalesce(of_the_month.numerator < of_the_month.limit_of_numbers, false) as is_volume
    from of_the_month
    left join measures
        on of_the_month.figure_id = measures.measure_id

)

select * from final
