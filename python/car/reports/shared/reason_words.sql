-- Grain: one row per failure reason code, what it means in words.
with

response_codes as (

    select * from reference.response_codes

),

final as (

    select
        failure_reason_code,
        case failure_reason_code
            when 'NO_RESPONSE' then 'No response came'
            when 'NO_CODE' then 'A response without a code'
            else coalesce(nullif(name, ''), 'No name known')
        end as reason
    from response_codes

)

select * from final
order by failure_reason_code
