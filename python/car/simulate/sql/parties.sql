-- The register: parties, their roles and how large they are.
-- From 12 suppliers on the market has life's sizes, and causes are planted (causes.sql).

-- Grain: one row per party (party_no). Small registers have fewer distributors, and always one of each kind.
create or replace table parties as
with sizes as (

    select
        case
            when getvariable('parties') >= 24 then 14
            else greatest(1, (getvariable('parties') * 3) // 10)
        end::integer as distributors,
        case when getvariable('parties') < 20 then 1 when getvariable('parties') < 60 then 2
            else 4 end as transporters,
        case when getvariable('parties') < 40 then 1 when getvariable('parties') < 120 then 2 else 3 end as agents,
        greatest(1, least(16, getvariable('parties') // 15))::integer as others

),

numbered as (

    select
        n as party_no,
        s.*,
        -- what the suppliers from the seventh on have of the market
        245.0 as small_share,
        (getvariable('parties') - s.distributors - s.transporters - s.agents - s.others)::integer as suppliers
    from sizes as s
    cross join range(1, getvariable('parties')::bigint + 1) as r (n)

),

kinds as (

    select
        party_no::integer as party_no,
        case
            when party_no <= suppliers then 'supplier'
            when party_no <= suppliers + distributors then 'distributor'
            when party_no <= suppliers + distributors + transporters then 'transporter'
            when party_no <= suppliers + distributors + transporters + agents then 'agent'
            else 'other'
        end as kind,
        (party_no - case
            when party_no <= suppliers then 0
            when party_no <= suppliers + distributors then suppliers
            when party_no <= suppliers + distributors + transporters then suppliers + distributors
            when party_no <= suppliers + distributors + transporters + agents
                then suppliers + distributors + transporters
            else suppliers + distributors + transporters + agents
        end)::integer as rank,
        suppliers,
        small_share
    from numbered

),

named as (

    select
        *,
        ['Alder', 'Beacon', 'Cairn', 'Dale', 'Ember', 'Fern', 'Gorse', 'Heron', 'Island', 'Juniper', 'Kestrel',
            'Lark', 'Moor', 'Nettle', 'Osprey', 'Pine', 'Quarry', 'Rowan', 'Sable', 'Thistle'][1
                + (rank - 1) % 20] as first_name,
        ['', ' Green', ' Local', ' North', ' Home', ' Direct', ' Valley', ' Bright', ' United', ' Metro', ' Coast',
            ' Prime', ' Common', ' Town', ' Clear', ' Open'][1 + ((rank - 1) // 20) % 16] as second_name
    from kinds

)

select
    n.party_no,
    n.kind,
    n.rank,
    case
        when n.kind = 'supplier' then upper(n.first_name || replace(n.second_name, ' ', '_')) || '-ENERGY'
        when n.kind = 'distributor' then a.party_id
        when n.kind = 'transporter' then 'GASNET-' || n.rank
        when n.kind = 'agent' then 'agent_' || n.rank
        else upper(n.first_name) || '-DATA'
    end as party_id,
    case
        when n.kind = 'supplier' then n.first_name || n.second_name || ' Energy'
            || case n.rank % 4 when 0 then ', "Fair" Tariffs Ltd' when 1 then ' plc' else ' Ltd' end
        when n.kind = 'distributor' then a.licensee
        when n.kind = 'transporter' then 'Gas Networks ' || ['East', 'West', 'Scotland', 'Wales'][n.rank]
        when n.kind = 'agent' then 'Registered Agent ' || n.rank
        else n.first_name || ' Data Services'
    end as party_name,
    case
        when n.kind = 'distributor' then a.owner_group
        -- one medium supplier in nine belongs to one of the largest
        when n.kind = 'supplier' and n.rank % 9 = 8 then 'Supplier Group ' || (n.rank - 7)
        when n.kind = 'supplier' and n.rank % 9 = 1 then 'Supplier Group ' || n.rank
    end as corporate_group,
    case n.kind
        when 'supplier' then case when n.rank <= greatest(2, n.suppliers // 5) then 'Large Supplier'
            else 'Small Supplier' end
        when 'distributor' then 'Electricity Network Operator'
        when 'transporter' then 'Gas Network Operator'
        else 'Other SEC Party'
    end as party_category,
    -- a giant of a quarter, some mid-sized ones, many small
    case
        when n.kind != 'supplier' or n.suppliers < 12 then 1000.0 / (n.rank + 1.2)
        when n.rank <= 6 then [250, 170, 120, 90, 70, 55][n.rank]
        else n.small_share / (n.rank - 4) / sum(case when n.rank > 6 then 1.0 / (n.rank - 4) end)
            over (partition by n.kind)
    end as weight,
    -- in a small market the odd one does worse than the rest; in a large one who does has a planted cause
    case
        when n.suppliers >= 12 then 100
        when pick('party trouble', n.party_no, 6) = 0 then 220
        when pick('party trouble', n.party_no, 6) = 1 then 140
        else 80 + pick('party level', n.party_no, 40)
    end::integer as failure_percent
from named as n
left join areas as a on a.area_no = n.rank and n.kind = 'distributor';

-- Grain: one row per party and role (party_no, role); is_sender false: in the register, without traffic.
create or replace table party_roles as
with suppliers as (

    select *, max(rank) over () as suppliers
    from parties
    where kind = 'supplier'

),

roles as (

    select party_no, 'IS' as role, date '2016-11-01' as active_from, null::date as active_to, true as is_sender
    from suppliers where rank % 7 != 5 or rank % 5 = 4
    union all
    select party_no, 'GS', date '2016-11-01', null, true from suppliers where rank % 5 != 4
    union all
    select party_no, 'ES', date '2017-04-01', null, true
    from suppliers where (rank % 7 != 5 or rank % 5 = 4) and (rank % 2 = 1 or suppliers < 5) and rank <= 11
    union all
    select party_no, 'ED', null, null, true from parties where kind = 'distributor'
    union all
    select party_no, 'GT', date '2016-11-01', null, true from parties where kind = 'transporter'
    union all
    select party_no, 'RSA', date '2018-01-01', null, true from parties where kind = 'agent'
    union all
    -- the last of several Other Users joins on the tenth of the month
    select
        party_no,
        'OU',
        case when rank > 1 and rank = max(rank) over () then day_date(9) else date '2018-06-01' end,
        null,
        not (rank > 1 and rank = max(rank) over ())
    from parties where kind = 'other'
    union all
    -- a role given up before the month
    select party_no, 'RSA', date '2018-01-01', day_date(-40), false from suppliers where rank = suppliers

)

select r.*, p.party_id, p.weight
from roles as r
inner join parties as p on p.party_no = r.party_no;

-- Grain: one row per role and slot (0 to 4095): a weighted pick is an equality join.
create or replace table role_slots as
with bounds as (

    select
        role,
        party_no,
        coalesce(sum(weight) over (partition by role order by party_no rows between unbounded preceding
            and 1 preceding), 0)
            / sum(weight) over (partition by role) * 4096 as lower_bound
    from party_roles
    where is_sender

)

select b.role, s.slot, max(b.party_no) as party_no
from range(4096) as s (slot)
inner join bounds as b on b.lower_bound <= s.slot
group by b.role, s.slot
union all
-- slot -1: no pick
select distinct role, -1, null::integer from party_roles;
