-- One row per value on which failures gather by more than chance explains, of the lines that the filters leave.
with

words as (
    select
        dimension,
        words
    from release.dimensions
)

select
    diagnosis.business_process || case diagnosis.srv when 'ALL' then '' else ', ' || diagnosis.srv end || ': '
    || coalesce(words.words, diagnosis.dimension) || ' ' || diagnosis.value as name,
    diagnosis.own_volume,
    diagnosis.own_success_rate as own_rate,
    diagnosis.own_other_success_rate as other_rate,
    diagnosis.own_excess_failures as excess,
    diagnosis.industry_success_rate as industry_rate,
    diagnosis.industry_suppressed,
    coalesce(diagnosis.own_success_rate < diagnosis.industry_success_rate, false) as is_below,
    '?' || concat_ws(
        '&',
        'business_process=' || url_encode(diagnosis.business_process),
        'srv=' || url_encode(nullif(diagnosis.srv, 'ALL')),
        case
            when diagnosis.dimension in ('device_type', 'region', 'smets_version')
                then diagnosis.dimension || '=' || url_encode(diagnosis.value)
        end
    ) as query_as_is,
    count(*) over () as line_count
from diagnosis
left join words using (dimension)
where diagnosis.stands_out
order by diagnosis.own_excess_failures desc, name asc
limit 20
