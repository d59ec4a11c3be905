-- Grain: one row per response code, of the catalogue or seen in a request or alert, and the two words for none.
with

catalogue as (

    select * from {{ ref('response_codes') }}

),

codes as (

    select response_code
    from catalogue

    union

    select response_code
    from {{ ref('stg_service_requests') }}
    where response_code is not null

    union

    select response_code
    from {{ ref('stg_alerts') }}
    where response_code is not null

    union

    -- What stands for a failure that has no code of its own: answered without one, or not answered.
    select 'NO_CODE' as response_code

    union

    select 'NO_RESPONSE' as response_code

),

final as (

    select
        cast(row_number() over (order by codes.response_code) as integer) as response_code_key,
        codes.response_code,
        catalogue.response_description,
        {{ is_success_code('codes.response_code') }} as is_success_code,
        coalesce(catalogue.is_delivery_failure, false) as is_delivery_failure_code
    from codes
    left join catalogue
        on codes.response_code = catalogue.response_code

)

select * from final
