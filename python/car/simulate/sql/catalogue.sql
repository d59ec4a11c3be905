-- What the industry says and does: Service Reference Variants, alert codes, names and failure texts.
-- Codes and shapes are the DCC's public ones (DUIS V5.4, GBCS); names of suppliers, models and weights are invented.

-- Grain: one row per Service Reference Variant (srv).
-- pattern: d = Device future-dated, s = DSP future-dated; roles = User Roles that may send it;
-- is_paired: a critical one, sent as a transform (command variant 4) and again as a signed command (5).
create or replace table service_catalogue (
    srv varchar,
    is_on_demand boolean,
    pattern varchar,
    is_schedulable boolean,
    is_non_device boolean,
    roles varchar,
    is_paired boolean
);

insert into service_catalogue values
('1.1.1', true, 'd', false, false, 'IS GS', true),
('1.1.2', true, 'd', false, false, 'IS', true),
('1.2.1', true, 'd', false, false, 'IS GS', true),
('1.2.2', true, 'd', false, false, 'IS', true),
('1.5', true, '', false, false, 'IS GS', true),
('1.6', true, 'd', false, false, 'IS GS', true),
('1.7', true, '', false, false, 'IS', true),
('2.1', true, 'd', false, false, 'IS GS', true),
('2.2', true, '', false, false, 'IS GS', false),
('2.3', true, '', false, false, 'IS GS', true),
('2.5', true, '', false, false, 'IS GS', true),
('3.1', true, 's', false, false, 'IS GS', false),
('3.2', true, 's', false, false, 'IS GS', false),
('3.3', true, '', false, false, 'IS GS', false),
('3.4', true, 's', false, false, 'IS GS', false),
('3.5', true, '', false, false, 'IS GS', false),
('4.1.1', true, 's', false, false, 'IS GS ED GT', false),
('4.1.2', true, 's', false, false, 'IS GS ED GT', false),
('4.1.3', true, 's', false, false, 'IS ED', false),
('4.1.4', true, 's', false, false, 'GS', false),
('4.2', true, 's', false, false, 'ES ED', false),
('4.3', true, 's', false, false, 'IS GS', false),
('4.4.2', true, 's', false, false, 'IS GS', false),
('4.4.3', true, 's', false, false, 'IS GS', false),
('4.4.4', true, 's', false, false, 'GS IS', false),
('4.4.5', true, 's', false, false, 'GS IS', false),
('4.6.1', true, 's', true, false, 'IS GS', false),
('4.6.2', true, 's', true, false, 'ES', false),
('4.8.1', true, 's', true, false, 'IS GS ED GT OU', false),
('4.8.2', true, 's', true, false, 'IS ED OU', false),
('4.8.3', true, 's', true, false, 'ES ED OU', false),
('4.10', true, 's', true, false, 'IS GS ED GT', false),
('4.11.1', true, '', false, false, 'IS GS OU', false),
('4.11.2', true, '', false, false, 'IS OU', false),
('4.12.1', true, 's', true, false, 'IS ED', false),
('4.12.2', true, 's', true, false, 'ES ED', false),
('4.13', true, 's', false, false, 'IS GS', false),
('4.14', true, 's', true, false, 'IS GS', false),
('4.15', true, 's', true, false, 'IS ED', false),
('4.16', true, '', true, false, 'IS ED', false),
('4.17', true, 's', true, false, 'IS GS ED GT OU', false),
('4.18', true, 's', false, false, 'IS GS', false),
('5.1', false, '', false, true, 'IS ES GS ED GT OU', false),
('5.2', false, '', false, true, 'IS ES GS ED GT OU', false),
('5.3', false, '', false, true, 'IS ES GS ED GT OU', false),
('6.2.1', true, '', false, false, 'IS RSA ED', false),
('6.2.2', true, '', false, false, 'IS RSA ED', false),
('6.2.3', true, '', false, false, 'IS RSA GS', false),
('6.2.4', true, '', false, false, 'IS ES GS RSA ED GT OU', false),
('6.2.5', true, '', false, false, 'IS RSA', false),
('6.2.7', true, '', false, false, 'IS ES GS RSA ED GT OU', false),
('6.2.8', true, '', false, false, 'GS RSA GT', false),
('6.2.9', true, '', false, false, 'IS GS RSA', false),
('6.2.10', true, '', false, false, 'IS GS ED', false),
('6.4.1', true, 'd', false, false, 'IS', true),
('6.4.2', true, 's', false, false, 'IS', false),
('6.5', true, 's', false, false, 'ED', false),
('6.6', true, '', false, false, 'GS', true),
('6.7', true, '', false, false, 'GS', true),
('6.8', true, '', false, false, 'IS GS', true),
('6.11', true, '', false, false, 'IS GS', true),
('6.12', true, 's', false, false, 'IS', false),
('6.13', true, '', false, false, 'IS GS ED GT RSA', false),
('6.14.1', true, '', false, false, 'IS', true),
('6.14.2', true, 'd', false, false, 'IS', true),
('6.14.3', true, 'd', false, false, 'IS', true),
('6.15.1', true, 'd', false, false, 'IS GS ED GT', true),
('6.15.2', true, '', false, false, 'IS GS', true),
('6.17', true, '', false, false, 'IS GS', true),
('6.18.1', true, 's', false, false, 'ED', false),
('6.18.2', true, 's', false, false, 'ED', false),
('6.20.1', true, 's', false, false, 'IS GS', false),
('6.20.2', true, 's', false, false, 'ES', false),
('6.21', true, 's', false, false, 'IS GS', false),
('6.22', true, '', false, false, 'IS GS ED', false),
('6.23', true, 'ds', false, false, 'IS GS', false),
('6.24.1', true, '', false, false, 'IS GS ED GT', false),
('6.24.2', true, '', false, false, 'IS GS', true),
('6.25', true, '', false, false, 'IS', true),
('6.26', true, '', false, false, 'IS', true),
('6.27', true, 's', false, false, 'ED', false),
('6.28', true, '', false, false, 'IS GS', false),
('6.29', true, '', false, false, 'IS GS', false),
('6.30', true, '', false, false, 'IS GS RSA', false),
('6.31', true, '', false, false, 'IS GS RSA', false),
('6.32', true, '', false, false, 'IS GS RSA', false),
('7.1', true, '', false, false, 'IS', true),
('7.2', true, '', false, false, 'IS GS', true),
('7.3', true, '', false, false, 'IS GS', true),
('7.4', true, '', false, false, 'IS ES GS RSA ED GT', false),
('7.5', true, '', false, false, 'IS', true),
('7.6', true, '', false, false, 'IS', true),
('7.7', true, 's', false, false, 'IS ED OU', false),
('7.8', true, '', false, false, 'IS', true),
('7.9', true, 's', false, false, 'IS', false),
('7.10', true, 's', false, false, 'IS', false),
('7.11', true, 's', false, false, 'IS OU', false),
('7.12', true, '', false, false, 'IS', false),
('7.13', true, '', false, false, 'IS', false),
('7.14', true, 's', false, false, 'IS ED OU', true),
('7.15', true, 's', false, false, 'IS ED OU', true),
('7.16', true, '', false, false, 'IS GS', true),
('8.1.1', true, '', false, false, 'IS GS', true),
('8.2', false, '', false, true, 'IS ES GS RSA ED GT OU', false),
('8.3', false, '', false, true, 'IS GS', false),
('8.4', false, '', false, true, 'IS ES GS RSA ED GT OU', false),
('8.5', false, 's', false, false, 'IS GS', false),
('8.6', false, '', false, true, 'IS GS', false),
('8.7.1', true, '', false, false, 'IS GS', true),
('8.7.2', true, '', false, false, 'IS GS OU', false),
('8.8.1', true, '', false, false, 'IS GS', true),
('8.8.2', true, '', false, false, 'IS GS OU', false),
('8.9', true, 's', false, false, 'IS GS OU', false),
('8.11', true, 's', false, false, 'IS GS OU', false),
('8.12.1', true, '', false, false, 'IS GS', false),
('8.12.2', true, '', false, false, 'IS GS', false),
('8.13', false, '', false, true, 'IS GS', false),
('8.14.1', false, '', false, true, 'IS GS', false),
('8.14.2', false, '', false, true, 'IS GS', false),
('8.14.3', false, '', false, true, 'IS GS', false),
('8.14.4', false, '', false, true, 'IS GS', false),
('9.1', true, '', false, false, 'OU', false),
('11.1', false, '', false, true, 'IS GS', false),
('11.2', true, 's', false, false, 'IS ES GS RSA ED GT OU', false),
('11.3', true, 'd', false, false, 'IS GS', true),
('11.4', false, '', false, true, 'IS GS', false),
('12.1', false, '', false, true, 'IS ES GS RSA ED GT OU', false),
('12.2', false, '', false, true, 'IS ES GS RSA ED GT OU', false),
('14.1', true, '', true, false, 'GT', false);

-- Grain: one row per kind of request in ordinary traffic (mix_no); weight in ten-thousandths of it.
-- pool: the Devices it goes to (E ESME, G GSME, P GPF, H Hub, X ESME with export, D PPMID or IHD, L HCALCS,
-- C CAD, S SMETS1 ESME); names_device false: an ESME's home, without naming the Device.
-- Weight 0: appears in the sequences of events.sql only.
create or replace table request_weights (srv varchar, role varchar, mode tinyint, pool varchar, weight double);

insert into request_weights values
('4.8.1', 'IS', 6, 'E', 1900), ('4.6.1', 'IS', 6, 'E', 750), ('4.17', 'IS', 6, 'E', 280),
('4.8.1', 'IS', 2, 'E', 260), ('4.1.1', 'IS', 2, 'E', 300), ('4.1.2', 'IS', 2, 'E', 60),
('4.1.3', 'IS', 2, 'E', 20), ('4.8.2', 'IS', 6, 'E', 50), ('4.4.2', 'IS', 2, 'E', 40),
('4.10', 'IS', 6, 'E', 50), ('4.12.1', 'IS', 6, 'E', 20), ('4.6.1', 'IS', 10, 'E', 30),
('4.15', 'IS', 2, 'E', 12), ('4.16', 'IS', 2, 'E', 15), ('4.6.1', 'IS', 2, 'E', 60),
('6.2.4', 'IS', 2, 'E', 60), ('6.2.7', 'IS', 2, 'E', 40), ('6.2.2', 'IS', 2, 'E', 12),
('6.13', 'IS', 2, 'E', 80), ('7.4', 'IS', 2, 'E', 60), ('8.2', 'IS', 3, 'E', 110), ('11.2', 'IS', 2, 'E', 170),
('11.3', 'IS', 2, 'E', 25), ('11.3', 'IS', 4, 'E', 10), ('11.1', 'IS', 3, 'E', 15), ('1.1.1', 'IS', 2, 'E', 45),
('1.1.1', 'IS', 4, 'E', 70), ('1.1.1', 'IS', 10, 'S', 15), ('1.2.1', 'IS', 2, 'E', 40), ('1.2.1', 'IS', 4, 'E', 50),
('1.6', 'IS', 2, 'E', 20), ('1.6', 'IS', 4, 'E', 8), ('2.1', 'IS', 2, 'E', 25), ('2.1', 'IS', 4, 'E', 8),
('2.2', 'IS', 2, 'E', 330), ('2.2', 'IS', 3, 'E', 30), ('2.3', 'IS', 2, 'E', 35), ('3.2', 'IS', 2, 'E', 22),
('3.2', 'IS', 10, 'E', 6), ('3.1', 'IS', 2, 'E', 35), ('5.1', 'IS', 3, 'E', 50), ('5.2', 'IS', 3, 'E', 12),
('5.3', 'IS', 3, 'E', 25), ('6.15.2', 'IS', 2, 'E', 6), ('6.17', 'IS', 2, 'E', 6), ('6.21', 'IS', 2, 'E', 18),
('6.8', 'IS', 2, 'E', 20), ('6.22', 'IS', 2, 'E', 12), ('6.11', 'IS', 2, 'E', 15), ('7.1', 'IS', 2, 'E', 8),
('7.2', 'IS', 2, 'E', 6), ('7.7', 'IS', 2, 'L', 12), ('7.14', 'IS', 2, 'L', 6), ('7.15', 'IS', 2, 'L', 6),
('8.4', 'IS', 3, 'E', 12), ('8.14.3', 'IS', 3, 'H', 6), ('8.14.4', 'IS', 3, 'H', 5), ('12.1', 'IS', 3, 'E', 15),
('12.2', 'IS', 3, 'E', 20), ('8.9', 'IS', 2, 'H', 15), ('8.11', 'IS', 2, 'H', 12), ('3.4', 'IS', 2, 'D', 6),
('8.8.2', 'IS', 2, 'C', 5), ('6.23', 'IS', 10, 'E', 3), ('8.14.1', 'IS', 3, 'H', 4), ('8.14.2', 'IS', 3, 'H', 2),
('8.1.1', 'IS', 2, 'E', 0), ('8.7.1', 'IS', 2, 'E', 0), ('8.7.2', 'IS', 2, 'D', 0), ('6.20.1', 'IS', 2, 'E', 0),
('6.23', 'IS', 2, 'E', 0), ('6.23', 'GS', 2, 'G', 0), ('8.1.1', 'GS', 2, 'G', 0), ('8.7.2', 'GS', 2, 'P', 0),
('6.20.1', 'GS', 2, 'G', 0), ('6.8', 'GS', 2, 'G', 12), ('11.1', 'GS', 3, 'G', 8), ('11.3', 'GS', 2, 'G', 12),
('4.8.1', 'GS', 6, 'P', 1150), ('4.6.1', 'GS', 6, 'G', 420), ('4.17', 'GS', 6, 'P', 260), ('4.1.1', 'GS', 2, 'P',
    190),
('4.1.2', 'GS', 2, 'P', 15), ('4.1.4', 'GS', 2, 'P', 10), ('4.8.1', 'GS', 2, 'P', 90), ('2.2', 'GS', 2, 'G', 190),
('2.2', 'GS', 3, 'G', 15), ('1.1.1', 'GS', 2, 'G', 22), ('1.1.1', 'GS', 4, 'G', 40), ('1.2.1', 'GS', 4, 'G', 30),
('1.6', 'GS', 2, 'G', 10), ('2.1', 'GS', 2, 'G', 14), ('2.3', 'GS', 2, 'G', 18), ('3.2', 'GS', 2, 'G', 10),
('6.13', 'GS', 2, 'G', 35), ('6.15.2', 'GS', 2, 'G', 4), ('6.17', 'GS', 2, 'G', 4), ('6.21', 'GS', 2, 'G', 8),
('6.11', 'GS', 2, 'G', 10), ('11.2', 'GS', 2, 'G', 80), ('8.2', 'GS', 3, 'G', 55), ('5.1', 'GS', 3, 'G', 28),
('5.3', 'GS', 3, 'G', 12), ('6.2.7', 'GS', 2, 'G', 18), ('7.3', 'GS', 2, 'G', 8), ('4.4.2', 'GS', 2, 'G', 15),
('4.10', 'ED', 6, 'E', 260), ('4.8.1', 'ED', 6, 'E', 90), ('4.8.2', 'ED', 6, 'E', 60), ('4.8.3', 'ED', 6, 'X', 25),
('6.5', 'ED', 2, 'E', 32), ('6.15.1', 'ED', 2, 'E', 40), ('6.22', 'ED', 2, 'E', 32), ('6.18.1', 'ED', 2, 'E', 6),
('6.18.2', 'ED', 2, 'E', 8), ('6.2.4', 'ED', 2, 'E', 18), ('6.27', 'ED', 2, 'E', 10), ('4.12.1', 'ED', 6, 'E', 15),
('4.12.2', 'ED', 6, 'X', 6), ('7.14', 'ED', 2, 'L', 4), ('7.4', 'ED', 2, 'E', 10), ('8.2', 'ED', 3, 'E', 25),
('11.2', 'ED', 2, 'E', 12), ('6.13', 'ED', 2, 'E', 12), ('5.1', 'ED', 3, 'E', 10),
('4.8.1', 'OU', 6, 'E', 150), ('4.8.1', 'OU', 6, 'P', 60), ('4.17', 'OU', 6, 'E', 40), ('4.11.1', 'OU', 2, 'E', 12),
('8.2', 'OU', 3, 'E', 30), ('6.2.4', 'OU', 2, 'E', 10), ('4.8.3', 'OU', 6, 'X', 15), ('9.1', 'OU', 2, 'D', 5),
('4.8.3', 'ES', 6, 'X', 160), ('4.6.2', 'ES', 6, 'X', 95), ('4.6.2', 'ES', 2, 'X', 15), ('4.2', 'ES', 2, 'X', 40),
('8.2', 'ES', 3, 'X', 12), ('6.2.7', 'ES', 2, 'X', 10), ('11.2', 'ES', 2, 'X', 10), ('6.20.2', 'ES', 2, 'X', 4),
('4.1.1', 'GT', 2, 'G', 14), ('4.8.1', 'GT', 6, 'P', 20), ('14.1', 'GT', 2, 'G', 4), ('6.2.8', 'GT', 2, 'G', 6),
('8.2', 'GT', 3, 'G', 8), ('6.2.4', 'RSA', 2, 'E', 18), ('6.13', 'RSA', 2, 'E', 18), ('7.4', 'RSA', 2, 'E', 10),
('8.2', 'RSA', 3, 'E', 25), ('11.2', 'RSA', 2, 'E', 10), ('6.2.2', 'RSA', 2, 'E', 5);

-- Every other eligible (srv, role) is rare, but it is there.
insert into request_weights
select
    s.srv,
    r.role,
    case when s.is_non_device then 3 else 2 end as mode,
    case
        when s.srv in ('8.9', '8.12.1', '6.28', '6.29', '6.30', '6.31', '6.32', '8.11') then 'H'
        when s.srv like '8.14.%' then 'H'
        when s.srv = '8.12.2' and r.role = 'GS' then 'P'
        when s.srv in ('7.5', '7.6', '7.8', '7.13', '7.14', '7.15', '7.16') and r.role = 'IS' then 'L'
        when s.srv in ('11.4', '8.8.2') and r.role = 'IS' then 'D'
        when r.role in ('GS', 'GT') then 'G'
        when r.role = 'ES' then 'X'
        else 'E'
    end as pool,
    1.5 as weight
from service_catalogue as s
cross join lateral (select unnest(string_split(s.roles, ' ')) as role) as r
where not exists (select 1 from request_weights as w where w.srv = s.srv and w.role = r.role);

-- failure_ppm: how many of a million fail when nothing is wrong; speed: Round Trip Time in percent of usual.
create or replace table request_mix as
select
    row_number() over (order by w.srv, w.role, w.mode, w.pool)::integer as mix_no,
    w.srv || '/' || w.role || '/' || w.pool || '/' || w.mode as mix_key,
    w.srv,
    w.role,
    w.mode,
    w.pool,
    w.weight,
    s.is_paired and w.mode != 3 as is_paired,
    case
        when s.is_paired then 5
        when s.is_non_device then 8
        when w.mode = 3 then 2
        else 1
    end::tinyint as command_variant,
    s.is_non_device,
    not (w.srv in ('11.1', '12.1', '12.2') or (w.srv in ('8.2', '5.2') and w.role != 'OU')) as names_device,
    case
        when w.srv in ('8.1.1', '6.23') then 45000
        when w.srv in ('2.2', '11.3', '8.11', '8.7.1', '8.7.2') then 30000
        when w.mode = 6 then 22000
        when s.is_non_device then 4000
        else 12000
    end as failure_ppm,
    -- where causes are planted, what is rare does not fail: a few of few would look like a cause
    w.weight >= 150 and w.srv != '11.2' and w.role in ('IS', 'GS', 'ES') as is_fallible,
    -- but some of it is meant for a Device that nobody knows, where all that is asked in the process names a Device and
    -- has one target: another would look like a cause
    not getvariable('is_planted')
        or w.srv in ('2.3', '6.5', '6.15.1', '6.21', '6.22', '7.7', '7.14', '7.15') as may_be_unknown,
    (getvariable('requests')::bigint * w.weight / sum(w.weight) over ())::bigint as volume,
    case when w.srv like '4.8.%' then 160 when s.is_non_device then 25 when w.srv = '6.13' then 220
        else 100 end as speed
from request_weights as w
inner join service_catalogue as s on s.srv = w.srv;

-- Service-specific failure codes ([EW]SSRRNN) by the service they belong to.
create or replace table service_failures (srv_prefix varchar, codes varchar[]);

insert into service_failures values
('1.1', ['E010101', 'E010102']), ('1.2', ['E010201']), ('3.3', ['E030301', 'E030302']), ('4.1', ['E040101']),
('4.17', ['E041701']), ('5.1', ['E050101', 'E050105', 'E050110']), ('5.2', ['E050201', 'E050202']),
('5.3', ['E050301', 'E050302']), ('6.5', ['E060501', 'E060502']), ('6.8', ['E060801', 'E060803']),
('6.13', ['E061301', 'E061304']), ('6.15', ['E061501', 'E061504', 'E061507']), ('6.18', ['E061801']),
('6.21', ['E062101', 'E062105']), ('6.22', ['E062201', 'E062203']), ('6.23', ['E062301', 'E062303', 'E062306']),
('8.2', ['E080201', 'E080202']), ('8.4', ['E080405', 'E080409']), ('8.7', ['E080702', 'E080721']),
('8.9', ['E080901']), ('8.11', ['E081101', 'E081104', 'E081108']), ('8.14', ['E081401', 'E081405']),
('11.1', ['E110101', 'E110102', 'E110106']), ('12.1', ['E120101']), ('12.2', ['E120201', 'E120204']);

alter table request_mix add column failure_codes varchar[];

update request_mix set failure_codes = coalesce(
    (
        select f.codes from service_failures as f
        where request_mix.srv = f.srv_prefix or starts_with(request_mix.srv, f.srv_prefix || '.')
    ),
    ['E11', 'E17', 'E5']
);

alter table request_mix add column warning_code varchar;

update request_mix set warning_code = case
    when srv = '5.2' then 'W050201'
    when srv = '5.3' then 'W050301'
    when srv like '8.14.%' then 'W081401'
    when srv = '11.1' then 'W110101'
    when srv = '11.4' then 'W110401'
end;

-- A command travels once, a critical request twice: first as a transform.
create or replace table request_variants as
select * from (values (false, 1), (true, 0), (true, 1)) as t (is_paired, is_command);

-- Grain: one row per kind of alert (alert_key = code/pool/variant); roles: who gets it.
create or replace table alert_mix_weights (
    alert_code varchar, pool varchar, variant varchar, roles varchar, weight double
);

insert into alert_mix_weights
select unnest(string_split(
    '8002 8003 8004 8005 8006 8007 8008 8009 8010 8011 8013 8014 8015 8016 8020 8021 8022 8023 8024 8025 8026 8027 '
    || '8028 8029 802A 802B 802C 802D 802E 802F 8085 8086 8087 8088 8089 808A 808B 808C 808D 808E 808F 8090 8091 '
    || '8092 8093 8094 8095 8096 8097 8098 8099 809A 809B 809C', ' '
)), 'E', '', 'ED', 40
union all
select c.code, p.pool, '', case p.pool when 'E' then 'IS' else 'GS' end, 25
from (
    select unnest(string_split(
        '810D 810E 8119 8145 8154 8155 8161 8162 8168 8183 81A1 81A4 81A5 81A6 81A7 81A8 81A9 81AA 81AB 81AC 81AD '
        || '81AE 81AF 81B0 81B1 81B2 81B3 81B9 81BA 81BC 81BD 81BE 81C0 81C4 81C5', ' '
    )) as code
) as c
cross join (select unnest(['E', 'G']) as pool) as p
union all
select unnest(string_split('81A2 81A3 81B7 81B8 81BB 81C1', ' ')), 'E', '', 'IS', 15
union all
select unnest(string_split('8184 81B4 81B5 81B6 81BF 81C2 81C3 8F1D 8F1F 8F29', ' ')), 'G', '', 'GS', 15
union all
select unnest(string_split(
    '8F20 8F21 8F22 8F23 8F24 8F25 8F26 8F27 8F28 8F2A 8F2B 8F2C 8F2D 8F12 8F84', ' '
)), 'H', '', 'IS', 6
union all
select c.code, p.pool, '', case p.pool when 'E' then 'IS' else 'GS' end, 12
from (
    select unnest(string_split(
        '819E 8F01 8F0A 8F0F 8F1B 8F1E 8F30 8F32 8F33 8F34 8F3D 8F3E 8F3F 8F43 8F47 8F48 8F49 8F4A 8F4B 8F51 8F52 '
        || '8F53 8F57 8F5B 8F60 8F63 8F64 8F66 8F67 8F70 8F73 8F74 8F75 8F76 8F77 8F78 8F82 8F83 8F89 8F8B', ' '
    )) as code
) as c
cross join (select unnest(['E', 'G']) as pool) as p;

insert into alert_mix_weights values
('81A0', 'E', '', 'IS', 900), ('81A0', 'G', '', 'GS', 300), ('8071', 'P', '', 'GS', 60), ('819D', 'P', '', 'GS', 60),
('8F0C', 'E', '', 'IS ED', 90), ('8F0C', 'G', '', 'GS', 30), ('81C6', 'E', '', 'IS ED', 80), ('81C6', 'G', '',
    'GS', 30),
('8F1C', 'E', '', 'IS', 10), ('8F1C', 'G', '', 'GS', 6), ('8F72', 'E', '', 'IS', 20), ('8F72', 'G', '', 'GS', 10),
('8F8A', 'E', '', 'IS', 10), ('8F8A', 'G', '', 'GS', 6), ('8F69', 'E', '', 'IS', 0), ('8F69', 'G', '', 'GS', 0),
('8F35', 'E', '', 'IS ED', 60), ('8F36', 'E', '', 'IS ED', 20), ('8F37', 'E', '', 'IS ED', 4),
('8F38', 'E', '', 'IS ED', 4), ('8F39', 'E', '', 'IS ED', 4), ('8F3A', 'E', '', 'IS ED', 4),
('8F3B', 'E', '', 'IS ED', 4), ('8F3C', 'E', '', 'IS ED', 4), ('8F58', 'E', '', 'IS ED', 8),
('8F59', 'E', '', 'IS ED', 8), ('8F5A', 'E', '', 'IS ED', 8), ('AD1', 'H', '', 'IS GS ED', 10),
('N12', 'E', '', 'IS', 70), ('N12', 'G', '', 'GS', 30), ('N12', 'E', 'ED', 'ED', 30), ('N12', 'X', '', 'ES', 20),
('N13', 'E', '', 'IS', 90), ('N13', 'P', '', 'GS', 40), ('N13', 'E', 'ED', 'ED', 40), ('N13', 'X', '', 'ES', 25),
('N13', 'E', 'OU', 'OU', 8), ('N13', 'G', 'GT', 'GT', 4), ('N13', 'E', 'RSA', 'RSA', 4),
('N16', 'E', '', 'IS ED', 4), ('N24', 'H', '', 'IS', 6), ('N25', 'H', '', 'IS', 3), ('N53', 'E', '', 'IS ED', 50),
('N55', 'S', '', 'IS ED', 60), ('N42', 'E', 'NetworkOperator', 'IS ED', 4), ('N42', 'E', 'Supplier', 'IS ED', 3),
('N42', 'G', 'Supplier', 'GS', 3), ('N42', 'E', 'WANProvider', 'IS', 2), ('N42', 'E', '', 'ED', 1),
('N27', 'E', '', 'IS', 2), ('N27', 'G', '', 'GS', 2), ('N17', 'E', '', 'IS', 2), ('N8', 'E', '', 'IS ED', 2),
('N9', 'E', '', 'IS', 2), ('N39', 'D', '', 'IS', 3), ('N43', 'D', '', 'IS', 2), ('N54', 'H', '', 'IS', 3),
('N58', 'L', '', 'IS', 3), ('N999', 'E', '', 'IS', 1), ('N10', 'X', '', 'ES', 3), ('N19', 'X', '', 'ES', 3);

insert into alert_mix_weights
select 'N' || n, 'E', '', case n % 3 when 0 then 'IS ED' else 'IS' end, 1
from range(1, 66) as r (n)
where n != 32 and n not in (8, 9, 10, 12, 13, 16, 17, 19, 24, 25, 27, 39, 42, 43, 53, 54, 55, 58);

create or replace table alert_mix as
select
    row_number() over (order by alert_code, pool, variant)::integer as mix_no,
    alert_code || '/' || pool || '/' || variant as alert_key,
    alert_code,
    pool,
    case when alert_code = 'N42' and variant != '' then variant end as remote_party_role,
    roles,
    weight,
    -- of the others too few are sent to tell a failure from a cause
    not getvariable('is_planted')
        or alert_code in ('81A0', '8F0C', '81C6', 'AD1', '8F35', '8F36', 'N12', 'N13', 'N53', 'N55') as is_fallible,
    alert_code in (
        'AD1', '8F35', '8F36', '8F37', '8F38', '8F39', '8F3A', '8F3B', '8F3C', '8F58', '8F59', '8F5A'
    ) as is_timed
from alert_mix_weights;

create or replace table alert_recipients as
select mix_no, unnest(string_split(roles, ' ')) as role from alert_mix;

-- How many models each kind of Device comes in, and how many of them anybody fits where causes are planted.
create or replace table model_counts (
    device_type varchar, smets_version varchar, model_count integer, open_count integer
);

insert into model_counts values
('CHF', 'SMETS2', 4, 2), ('ESME', 'SMETS2', 6, 3), ('GSME', 'SMETS2', 4, 3), ('GPF', 'SMETS2', 3, 2),
('PPMID', 'SMETS2', 4, 3), ('IHD', 'SMETS2', 3, 2), ('HCALCS', 'SMETS2', 2, 2), ('CAD', 'SMETS2', 2, 2),
('CHF', 'SMETS1', 2, 1), ('ESME', 'SMETS1', 3, 2), ('GSME', 'SMETS1', 3, 2), ('GPF', 'SMETS1', 2, 2),
('PPMID', 'SMETS1', 2, 2), ('IHD', 'SMETS1', 2, 2), ('HCALCS', 'SMETS1', 1, 1), ('CAD', 'SMETS1', 1, 1);
