-- One row per finding of the first page, three at most: what is the same requests by another name is one.
with

told as (
    select
        position,
        finding,
        business_process,
        srv,
        dimension,
        dimension_value,
        own_value,
        reference_value,
        unit,
        affected_count
    from findings
    where business_process is not null and finding != 'slower_than_industry'
),

words as (
    select
        dimension,
        words
    from release.dimensions
),

-- The manufacturer of one model alone has the figures of that model.
merged as (
    select
        min(told.position) as position,
        told.finding,
        told.business_process,
        told.srv,
        string_agg(words.words || ' ' || told.dimension_value, ', ' order by told.dimension desc, told.position asc)
            as cause,
        told.own_value,
        told.reference_value,
        told.unit,
        told.affected_count
    from told
    left join words using (dimension)
    group by
        told.finding, told.business_process, told.srv, told.own_value, told.reference_value, told.unit,
        told.affected_count
),

pages as (
    select key
    from subject_pages
)

select
    merged.business_process || case merged.srv when 'ALL' then '' else ' ' || merged.srv end as name,
    coalesce(upper(merged.cause[1]) || merged.cause[2:], 'All Devices') as cause,
    case merged.finding
        when 'below_industry' then 'industry'
        when 'worse_than_month_before' then 'month before'
        else 'your others'
    end as against,
    merged.unit,
    cast(merged.own_value as decimal(38, 6)) as own_value,
    cast(merged.reference_value as decimal(38, 6)) as reference_value,
    merged.affected_count,
    case when pages.key is not null then 'process:' || pages.key end as page
from merged
left join pages on merged.business_process = pages.key
order by merged.position
limit 3
