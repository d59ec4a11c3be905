-- A part of a day's requests with their outcomes: the contract's columns, then what becomes of each row.
-- result: 0 lifecycle not finished, 1 to 9 ways to fail (8: nobody knows the Device), 10 answered but not delivered, 20 success.
create or replace temp table request_rows as
with drawn as (

    select
        u.transaction_stem,
        u.started_ms,
        u.outcome,
        v.is_command,
        m.srv,
        m.role,
        case when v.is_command = 0 then 1 else m.mode end::tinyint as mode,
        case when v.is_command = 0 then 4 else m.command_variant end::tinyint as command_variant,
        m.names_device,
        m.is_non_device,
        m.failure_codes,
        m.warning_code,
        m.speed,
        t.device_id,
        t.mpxn,
        t.is_mpxn_wrong,
        t.pool,
        t.csp_region,
        t.s1sp,
        t.region_no,
        t.is_smets1,
        t.gone_day,
        case m.role
            when 'IS' then case when getvariable('day_no') >= t.isw then t.is2 else t.is1 end
            when 'GS' then case when getvariable('day_no') >= t.gsw then t.gs2 else t.gs1 end
            when 'ES' then t.es
            when 'ED' then t.ed
            when 'GT' then t.gt
        end as party_no,
        case
            when v.is_command = 0 then 3000
            when not getvariable('is_planted') then m.failure_ppm * t.failure_percent // 100
            -- so seldom that chance alone makes nothing of so many requests stand out
            when not m.is_fallible then 0
            when m.volume * t.common_ppm // 1000000 >= 2000 then 10000
            when m.volume * t.common_ppm // 1000000 >= 600 then 5000
            when m.volume * t.common_ppm // 1000000 >= 300 then 2000
            else 0
        end as failure_ppm,
        case
            when not getvariable('is_planted') then e.failure_ppm
            when m.role = 'ED' and m.mode = 6 then e.planted_ppm
            when not m.is_fallible or m.volume * t.common_ppm // 1000000 < 600 then 0
            else e.failure_ppm
        end as incident_ppm,
        m.volume,
        m.is_fallible,
        m.may_be_unknown,
        t.common_ppm,
        u.started_ms < t.worse_until_ms as is_meter_worse,
        u.started_ms < t.hub_worse_until_ms as is_hub_worse,
        u.started_ms >= t.silent_from_ms and not m.is_non_device and v.is_command = 1 as is_silent,
        e.delay_ms,
        r.usual_rtt_ms * t.speed_percent // 100 as usual_rtt_ms,
        rnd('request outcome', u.seed_no + v.is_command) as h,
        rnd('request time', u.seed_no + v.is_command) as g
    from request_units as u
    inner join request_mix as m on m.mix_no = u.mix_no
    inner join request_variants as v on v.is_paired = m.is_paired
    inner join targets as t on t.target_no = u.target_no
    inner join regions as r on r.region_no = t.region_no
    inner join effects as e
        on e.region_no = t.region_no
            and e.hour_no = (u.started_ms - getvariable('origin_ms')::bigint + 864000000) // 3600000 - 240

),

placed as (

    -- a role without an estate of its own is any of its parties; a few requests go to another's estate
    select
        *,
        bits(h, 20, 12) as unusual,
        case
            when party_no is null or (outcome = 0 and role in ('IS', 'GS') and bits(h, 20, 12) between 60
                and getvariable('foreign_to'))
                then bits(g, 0, 12)
            else -1
        end as other_slot
    from drawn

),

sent as (

    select
        d.*,
        coalesce(s.party_no, d.party_no) as sender_no,
        coalesce(s.party_no != d.party_no, false) as is_foreign,
        p.failure_percent as party_percent,
        -- planted firmware fails those who fitted it, whatever they ask of the Device
        case
            when d.is_non_device or d.is_command = 0 or not d.is_fallible then 0
            else case when d.is_meter_worse and p.has_meter_firmware then getvariable('meter_firmware_ppm') else 0 end
                + case when d.is_hub_worse and p.has_hub_firmware then getvariable('hub_firmware_ppm') else 0 end
        end as cause_ppm,
        p.has_silent_meters,
        q.has_cause as sender_has_cause
    from placed as d
    -- inner joins alone: an outer join in a build side stops DuckDB 2.0.0 ("dict-surviving join")
    inner join role_slots as s on s.role = d.role and s.slot = d.other_slot
    inner join party_levels as p on p.party_no = coalesce(d.party_no, 0)
    inner join party_levels as q on q.party_no = coalesce(s.party_no, d.party_no, 0)

),

judged as (

    select
        *,
        case
            when outcome = 0 and unusual < getvariable('unfinished_to') then 0
            when is_foreign then case when sender_has_cause or not getvariable('is_planted') then 1 else 0 end
            when outcome = 0 and gone_day <= getvariable('day_no') and is_command = 1 and not is_non_device
                then case when getvariable('is_planted') then 0 else 2 end
            when outcome = 0 and may_be_unknown and is_command = 1 and getvariable('is_planted')
                and unusual between 4007 and getvariable('unknown_to') then 8
            when outcome = 3 then 6
            -- the supplier goes on to ask a meter that fell silent, others soon do not
            when is_silent then case when not has_silent_meters then 0 when bits(h, 32, 8) < 128 then 4 else 9 end
            when outcome = 1 then 20
            when
                outcome = 2
                or h % 1000000 < least(900000, failure_ppm * party_percent // 100 + incident_ppm + cause_ppm)
                then case
                    when is_non_device or is_command = 0 then case when bits(h, 32, 8) < 200 then 6 else 7 end
                    when bits(h, 32, 8) < 95 then 3
                    when bits(h, 32, 8) < 165 then 4
                    when bits(h, 32, 8) < 180 then 5
                    when bits(h, 32, 8) < 225 then 6
                    when bits(h, 32, 8) < 240 then 7
                    else 9
                end
            when unusual between 4000 and 4006 and not getvariable('is_planted') then 10
            else 20
        end::tinyint as result,
        -- a skewed Round Trip Time: mostly near the usual, with a tail of some minutes
        (
            usual_rtt_ms * (40 + bits(g, 12, 7)) // 100 * speed // 100 + delay_ms
            + usual_rtt_ms * bits(g, 20, 10) // 1024 * bits(g, 30, 10) // 1024 * bits(g, 40, 10) // 1024 * 8
        ) as rtt_ms
    from sent

),

timed as (

    select
        j.*,
        -- the command follows its transform
        started_ms + case when is_command = 1 and command_variant = 5 then 2500 else 0 end as begun_ms,
        -- a few are held in quarantine for hours
        case when bits(h, 54, 10) = 2 and mode = 2 and result = 20 then 3600000 * (1 + bits(g, 44, 3))
            else 0 end as held_ms,
        case
            when mode = 6 then bits(g, 44, 12) * 7200000 // 4096
            when mode in (4, 10) then 3600000 + bits(g, 44, 12) * 64800000 // 4096
        end as wait_ms
    from judged as j

),

ended as (

    select
        *,
        begun_ms + wait_ms as execution_ms,
        case
            when result in (0, 9) then null
            when result = 10 then null
            -- the half of those that no Device answered are told so
            when result = 4 and bits(h, 40, 4) < 9 then null
            when result = 5 then begun_ms + coalesce(wait_ms, 0) + case when mode in (4, 6, 10) then 82800000
                else 600000 end
            when is_command = 0 then begun_ms + 150 + rtt_ms // 16
            when result = 3 then begun_ms + coalesce(wait_ms, 0) + 2 * rtt_ms
            when result = 4 then begun_ms + coalesce(wait_ms, 0) + 3 * rtt_ms + 20000
            when result in (1, 2, 6, 7, 8) then begun_ms + coalesce(wait_ms, 0) + 200 + rtt_ms // 12
            when mode = 6 then begun_ms + wait_ms + rtt_ms * 900
                -- a few come a day late
                + case when bits(h, 54, 10) = 2 and (sender_has_cause or not getvariable('is_planted'))
                    then 86400000 else 0 end
            when mode in (4, 10) then begun_ms + wait_ms + rtt_ms * 60
            else begun_ms + rtt_ms + held_ms
        end as ended_ms
    from timed

),

recorded as (

    select
        *,
        coalesce(ended_ms, begun_ms + coalesce(wait_ms, 0) + 1800000) + 2000 + bits(h, 44, 10) as recorded_ms,
        case
            when result = 0 then case mode
                when 1 then ([9, 11, 31])[1 + bits(h, 32, 8) % 3]
                when 6 then ([5, 13, 14])[1 + bits(h, 32, 8) % 3]
                when 4 then ([1, 14, 20])[1 + bits(h, 32, 8) % 3]
                when 3 then ([9, 10, 24, 30, 31])[1 + bits(h, 32, 8) % 5]
                else ([1, 1, 1, 9, 10, 11, 12, 13, 14, 17, 20, 21, 31, 36, 37])[1 + bits(h, 32, 8) % 15]
            end
            when result in (1, 2, 6, 7, 8) then 8
            when result in (4, 9) and ended_ms is null then 34
            when result = 3 then case when bits(h, 40, 4) < 4 then 19 else 2 end
            when result = 10 then 18
            when mode in (1, 3) and srv = '11.1' and result = 20 and not is_smets1
                then case when region_no in (1, 4) then 23 when bits(h, 40, 5) = 0 then 26 else 25 end
            when mode in (1, 3) then 3
            when mode = 6 then 6
            when mode = 4 then case when bits(h, 40, 5) = 0 then 27 else 28 end
            when mode = 10 then case when bits(h, 40, 5) = 0 then 29 else 6 end
            when command_variant in (2, 6) then 32
            when is_smets1 and bits(h, 40, 6) = 0 then 35
            when bits(h, 40, 9) = 3 then ([4, 7, 22, 32, 33])[1 + bits(h, 49, 4) % 5]
            else 2
        end::tinyint as report_status_id,
        case
            when result = 1 then 'E4'
            when result = 8 then 'E19'
            when result = 2 then 'E5'
            when result = 3 then 'E20'
            when result = 4 then 'E21'
            when result = 5 then case when mode = 6 then 'E31' when mode in (4, 10) then 'E30' else 'E21' end
            when result = 6 then failure_codes[1 + bits(h, 40, 8) % len(failure_codes)]
            when result = 7 then (['E1', 'E2', 'E11', 'E12', 'E17', 'E19', 'E40', 'E41', 'E100', 'E1003'])[1
                + bits(h, 40, 8) % 10]
            when result in (10, 20) then case
                when warning_code is not null and bits(h, 40, 5) = 1 then warning_code
                when is_non_device and bits(h, 45, 1) = 1 then 'I99'
                else 'I0'
            end
        end as response_code,
        case when names_device or pool in ('H', 'D', 'L', 'C') then case
            -- a Device that no inventory knows
            when outcome = 0 and unusual between 4007 and getvariable('unknown_to') and may_be_unknown
                then eui64('BE-EF-00', bits(g, 0, 32))
            else device_id
        end end as target_device_id
    from ended

)

select
    r.transaction_stem || case when r.is_command = 0 then 'T' else '' end as transaction_id,
    instant(r.recorded_ms) as recorded_at,
    r.srv,
    r.command_variant,
    r.mode as mode_of_operation,
    o.party_id as originator_party_id,
    r.role as originator_role,
    r.target_device_id as device_id,
    case when r.result != 8 then r.mpxn end as mpxn,
    r.report_status_id,
    case
        when r.is_command = 0 or r.is_non_device or r.result in (0, 1, 2, 3, 4, 5, 7, 8, 9) then null
        when r.result = 6 then 'Failure'
        else 'Success'
    end as device_execution_status,
    r.response_code,
    instant(r.begun_ms) as started_at,
    instant(r.execution_ms) as execution_at,
    instant(r.ended_ms) as ended_at,
    case when r.result != 0 then 40 + r.rtt_ms // 3 end as southbound_ms,
    case when r.ended_ms is not null then 40 + r.rtt_ms // 2 end as northbound_ms,
    case when r.mode in (4, 6, 10) or r.srv = '6.17' then 86400000 else 30000 end::bigint as sla_target_ms,
    case
        when r.held_ms > 0 then r.held_ms
        when bits(r.h, 54, 10) = 1 and r.ended_ms is not null then least(1500, r.rtt_ms // 2)
        when bits(r.h, 54, 10) > 512 then 0
    end::bigint as sla_exclusion_ms,
    case when r.result != 8 then r.csp_region end as csp_region,
    case when r.result != 8 then r.s1sp end as s1sp,
    -- landed on the day on which it was recorded, with some days late, or again in a later file
    case
        when bits(r.g, 54, 10) < getvariable('late_to') then 2
        else greatest(0, least(2, day_of(r.recorded_ms) - getvariable('day_no')))
    end::tinyint as _lag,
    bits(r.g, 48, 10) between 700 and getvariable('repeated_to') as _is_repeated,
    case
        when r.report_status_id <= 1 then 0
        when bits(r.g, 38, 10) between 500 and getvariable('pending_to') then 1
        when bits(r.g, 38, 10) = 499 then 2
        else 0
    end::tinyint as _earlier_state,
    coalesce(r.result != 8 and r.mpxn is not null and r.is_mpxn_wrong, false) as _warning
from recorded as r
inner join parties as o on o.party_no = r.sender_no;
