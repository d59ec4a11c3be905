-- One row per business process and segment (SMETS2 and SMETS1 where told): the share that leads its pages.
with

shares as (
    select *
    from measures
    where
        section = 3 and kind = 'M' and unit = 'share' and split = 'ALL' and coalesce(srv, 'ALL') = 'ALL'
        and value is not null and business_process is not null
),

-- The measure with a target leads; without one, that of responses in time.
chosen as (
    select
        business_process,
        arg_min(measure_id, (target is null, measure_id != 'RSVP-T', measure_id)) as measure_id
    from shares
    group by business_process
),

widest as (
    select shares.*
    from shares
    inner join chosen using (business_process, measure_id)
    qualify
        shares.segment in ('SMETS2', 'SMETS1')
        or not bool_or(shares.segment in ('SMETS2', 'SMETS1')) over (partition by shares.business_process)
)

select
    widest.business_process as business_process_as_is,
    widest.business_process || ', ' || widest.segment as name,
    widest.measure_id || ' ' || coalesce(definitions.name, '') as measure_name,
    widest.value as own_rate,
    widest.target as target_rate,
    widest.previous_value as before_rate,
    widest.numerator,
    widest.denominator,
    false as is_withheld,
    coalesce(widest.status, '') as status
from widest
left join definitions on widest.measure_id = definitions.measure_id
order by widest.business_process asc, widest.segment desc
limit 40
