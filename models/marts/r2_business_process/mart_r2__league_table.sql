-- Requirement 2: the anonymised league of each process and SRV, with the recipient's own row picked out.
-- Grain: one row per recipient (party and role), business process, SRV or `ALL`, and ranked party (ties are equal).
with

obligations as (

    select *
    from {{ ref('fct_report_obligations') }}
    where report = 'business_process'

),

leagues as {{ inlined() }} (

    select * from {{ ref('int_r2__leagues') }}

),

final as (

    {{ league_rows(
        'leagues',
        'obligations',
        cell=['business_process', 'srv'],
        part='success_count',
        whole='request_count',
        rate='success_rate'
    ) }}

)

select * from final
