-- Grain: one row per check and case that it warns of.
with

warnings as (

    {% for model in [
        ref('int_pmr_availability__warnings'),
        ref('int_pmr_governance__warnings'),
        ref('int_pmr_incidents__warnings'),
        ref('int_pmr_summary__warnings'),
    ] -%}
    {{ 'union all' if not loop.first }}
    select
        check_name,
        subject,
        detail
    from {{ model }}
    {% endfor %}

),

final as (

    select
        '{{ var("reporting_month") }}' as reporting_month,
        check_name as {{ quoted('check') }},
        subject,
        detail
    from warnings

)

select * from final
