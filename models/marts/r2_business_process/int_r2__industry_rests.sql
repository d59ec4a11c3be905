-- Grain: one row per role, business process and SRV or `ALL`: whether the industry figures of the month are shown, by
-- their own pools and by the rest that they would leave of the process.
with

pools as (

    select * from {{ ref('int_r2__industry_pools') }}

),

groups as (

    select *
    from {{ ref('int_r2__own_months') }}
    where srv != 'ALL'

),

judged as (

    select
        role,
        business_process,
        srv,
        requests_row_count,
        measured_row_count,
        {{ is_share_released('success_count', 'requests') }} as is_share_passing,
        {{ is_released('measured') }} as is_speed_passing
    from pools

),

{% set whole = ['role', 'business_process'] -%}
{% for figure, pool, rows in [
    ('share', 'requests', 'request_count'), ('speed', 'measured', 'measured_count'),
] -%}

{{ figure }}_wholes as (

    select
        {{ whole | join(',\n        ') }},
        {{ pool }}_row_count as whole_row_count
    from judged
    where srv = 'ALL' and is_{{ figure }}_passing

),

{{ figure }}_parts as (

    select
        {{ whole | join(',\n        ') }},
        srv,
        {{ pool }}_row_count as part_row_count
    from judged
    where srv != 'ALL' and is_{{ figure }}_passing

),

{{ figure }}_held_back as (

    {{ parts_held_back(figure ~ '_wholes', figure ~ '_parts', 'groups', whole, 'srv', rows) }}

),

{% endfor -%}

final as (

    select
        judged.role,
        judged.business_process,
        judged.srv,
        judged.is_share_passing and share_held_back.srv is null as is_share_shown,
        judged.is_speed_passing and speed_held_back.srv is null as is_speed_shown
    from judged
    left join share_held_back
        on {{ is_same_in('judged', 'share_held_back', whole + ['srv']) }}
    left join speed_held_back
        on {{ is_same_in('judged', 'speed_held_back', whole + ['srv']) }}

)

select * from final
