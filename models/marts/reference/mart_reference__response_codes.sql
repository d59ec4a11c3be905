-- Reference: the code list of failure reasons, with names.
-- Grain: one row per response code of the code list, and per word that stands for a failure without one.
with

codes as (

    select * from {{ ref('response_codes') }}

),

final as (

    select
        response_code as failure_reason_code,
        response_description as name,
        cast(null as string) as description
    from codes

    union all

    -- Answered without a code.
    select
        'NO_CODE' as failure_reason_code,
        cast(null as string) as name,
        cast(null as string) as description

    union all

    -- Not answered.
    select
        'NO_RESPONSE' as failure_reason_code,
        cast(null as string) as name,
        cast(null as string) as description

)

select * from final
