{{ config(group='reporting') }}
-- A model's league has one row of the recipient, and each rank is one more than the number of better shares that are
-- ranked.
with

leagues as (

    select
        firmware_league.*,
        count(case when is_recipient then 1 end) over model as recipient_row_count,
        rank() over (
            partition by party_id, role, device_type, device_manufacturer, device_model, rank is not null
            order by newest_share desc
        ) as expected_rank
    from {{ ref('mart_r1__firmware_league') }} as firmware_league
    window model as (partition by party_id, role, device_type, device_manufacturer, device_model)

)

select
    party_id,
    role,
    device_type,
    recipient_row_count,
    rank,
    expected_rank
from leagues
where recipient_row_count != 1 or expected_rank != rank
