-- Grain: one row per role, business process, SRV or `ALL`, dimension and value of it: whether its industry share is
-- shown, by its own pool and by the rest that it would leave of the dimension.
with

dimensions as (

    select * from {{ ref('int_r2__industry_dimensions') }}

),

months as (

    select * from {{ ref('int_r2__industry_months') }}

),

groups as (

    select * from {{ ref('int_r2__dimension_volumes') }}

),

judged as (

    -- A dimension of one value is the same figure as the month's, so that it is shown with it.
    select
        dimensions.role,
        dimensions.business_process,
        dimensions.srv,
        dimensions.dimension,
        dimensions.value,
        dimensions.requests_row_count as part_row_count,
        months.requests_row_count as whole_row_count,
        months.is_share_shown as is_whole_shown,
        {{ is_share_released('dimensions.success_count', 'dimensions.requests', 'months.is_share_shown') }}
            as is_passing
    from dimensions
    inner join months
        on
            dimensions.role = months.role
            and dimensions.business_process = months.business_process
            and dimensions.srv = months.srv

),

{% set whole = ['role', 'business_process', 'srv', 'dimension'] -%}

wholes as (

    select distinct
        {{ whole | join(',\n        ') }},
        whole_row_count
    from judged
    where is_whole_shown

),

parts as (

    select
        {{ whole | join(',\n        ') }},
        value,
        part_row_count
    from judged
    where is_passing

),

held_back as (

    -- Requests without a value are in the rest from the start.
    {{ parts_held_back('wholes', 'parts', 'groups', whole, 'value', 'request_count') }}

),

final as (

    select
        judged.role,
        judged.business_process,
        judged.srv,
        judged.dimension,
        judged.value,
        judged.is_passing and held_back.value is null as is_share_shown
    from judged
    left join held_back
        on {{ is_same_in('judged', 'held_back', whole + ['value']) }}

)

select * from final
