-- Grain: one row per business process and SRV or `ALL`: the step that the industry shares of the roles are rounded to,
-- because the industry report tells of all roles together, and whether the withheld roles may be told so.
with

own as (

    select * from {{ ref('int_r2__own_months') }}

),

shown as (

    select * from {{ ref('int_r2__industry_rests') }}

),

groups as (

    -- A corporate group is one, in whatever roles.
    select
        own.business_process,
        own.srv,
        own.corporate_group,
        cast(sum(own.request_count) as bigint) as request_count,
        {{ rest_rows('own.request_count', 'shown.is_share_shown') }} as rest_count
    from own
    inner join shown
        on
            own.role = shown.role
            and own.business_process = shown.business_process
            and own.srv = shown.srv
    group by
        own.business_process,
        own.srv,
        own.corporate_group

),

pools as (

    select
        business_process,
        srv,
        cast(sum(request_count) as bigint) as whole_row_count,
        {{ disclosure_pool('rest_count', 'rest') }}
    from groups
    group by
        business_process,
        srv

),

final as (

    select
        business_process,
        srv,
        {{ is_rest_standing('rest', 'whole_row_count') }} as is_rest_standing,
        {{ step_beside_a_rest('rest', 'whole_row_count') }} as share_step
    from pools

)

select * from final
