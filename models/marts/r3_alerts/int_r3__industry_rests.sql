-- Grain: one row per role and alert code or `ALL`: whether the industry figures of the month are shown, by their own
-- pools and by the rest that they would leave of all codes.
with

pools as (

    select * from {{ ref('int_r3__industry_pools') }}

),

groups as (

    select *
    from {{ ref('int_r3__own_months') }}
    where alert_code != 'ALL'

),

judged as (

    select
        role,
        alert_code,
        alerts_row_count,
        delivered_row_count,
        {{ is_share_released('success_count', 'alerts') }} as is_share_passing,
        {{ is_released('delivered') }} as is_speed_passing
    from pools

),

{% for figure, pool, rows in [
    ('share', 'alerts', 'alert_count'), ('speed', 'delivered', 'delivered_count'),
] -%}

{{ figure }}_wholes as (

    select
        role,
        {{ pool }}_row_count as whole_row_count
    from judged
    where alert_code = 'ALL' and is_{{ figure }}_passing

),

{{ figure }}_parts as (

    select
        role,
        alert_code,
        {{ pool }}_row_count as part_row_count
    from judged
    where alert_code != 'ALL' and is_{{ figure }}_passing

),

{{ figure }}_held_back as (

    {{ parts_held_back(figure ~ '_wholes', figure ~ '_parts', 'groups', ['role'], 'alert_code', rows) }}

),

{% endfor -%}

final as (

    select
        judged.role,
        judged.alert_code,
        judged.is_share_passing and share_held_back.alert_code is null as is_share_shown,
        judged.is_speed_passing and speed_held_back.alert_code is null as is_speed_shown
    from judged
    left join share_held_back
        on {{ is_same_in('judged', 'share_held_back', ['role', 'alert_code']) }}
    left join speed_held_back
        on {{ is_same_in('judged', 'speed_held_back', ['role', 'alert_code']) }}

)

select * from final
