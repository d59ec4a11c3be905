-- Grain: one row per measure, business process, SRV, segment and value of a split that measures.csv always has.
with

measures as (

    select * from {{ ref('pmr_measures') }}

),

measure_feeds as (

    select * from {{ ref('pmr_measure_feeds') }}

),

processes as (

    select * from {{ ref('pmr_processes') }}

),

process_components as (

    select * from {{ ref('process_components') }}

),

service_components as (

    select * from {{ ref('service_components') }}

),

split_values as (

    select * from {{ ref('pmr_split_values') }}

),

all_segments as (

    select * from {{ ref('segments') }}

),

days as (

    select * from {{ ref('dim_reporting_days') }}

),

services as (

    select distinct service from service_components

),

months as (

    {{ this_month_and_the_two_before() }}

),

-- Where the list names the segments by a letter, these are meant. `given`: what a provider reports, and few besides.
measure_segments as (

    select
        measures.measure_id,
        all_segments.segment,
        {{ is_listed("'S'", 'measures.segments') }} as has_segments
    from measures
    inner join measure_feeds
        on measures.measure_id = measure_feeds.measure_id
    inner join all_segments
        on (
            all_segments.segment = 'ALL'
            and (
                {{ is_listed("'ALL'", 'measures.segments') }}
                or (measures.segments = 'given' and measure_feeds.has_row_for_all)
            )
        )
        or (all_segments.segment != 'ALL' and {{ is_listed("'S'", 'measures.segments') }})
        or (all_segments.segment not in ('ALL', 'Unknown') and {{ is_listed("'R'", 'measures.segments') }})
        or (
            all_segments.segment in ('SMETS1', 'SMETS2', 'Unknown')
            and {{ is_listed("'SMETS'", 'measures.segments') }}
        )

),

-- Each process with each SRV of it, and as a whole. SMETS1 has what is so marked, and a whole of which it has a part.
process_srvs as (

    select
        business_process,
        srv,
        smets1_applies
    from processes

    union all

    select
        business_process,
        'ALL' as srv,
        max(case when smets1_applies then 1 else 0 end) = 1 as smets1_applies
    from processes
    group by business_process

),

variants as (

    select distinct
        business_process,
        variant
    from process_components

),

measure_lines as (

    select
        measures.measure_id,
        process_srvs.business_process,
        process_srvs.srv,
        process_srvs.srv = 'ALL' as is_whole,
        cast(null as string) as variant
    from measures
    inner join process_srvs
        on
            (measures.business_process = '*' and measures.srv = '*')
            or (measures.business_process = process_srvs.business_process and measures.srv = '*')
            or (measures.business_process = '*' and measures.srv = process_srvs.srv and measures.splits is null)
            or (
                measures.business_process = process_srvs.business_process
                and {{ is_listed("'srv'", 'measures.splits') }}
                and ({{ is_listed('process_srvs.srv', 'measures.srv') }} or process_srvs.srv = 'ALL')
            )

    union all

    select
        measures.measure_id,
        variants.business_process,
        measures.srv,
        true as is_whole,
        variants.variant
    from measures
    inner join variants
        on measures.splits = 'variant'

    union all

    select
        measures.measure_id,
        measures.business_process,
        coalesce(measures.srv, measure_feeds.row_srv) as srv,
        true as is_whole,
        cast(null as string) as variant
    from measures
    inner join measure_feeds
        on measures.measure_id = measure_feeds.measure_id
    where
        coalesce(measures.business_process, '') != '*'
        and coalesce(measures.srv, '') != '*'
        and not coalesce({{ is_listed("'srv'", 'measures.splits') }}, false)

),

-- A figure of each Service, or of each month, has no row of all together.
measure_splits as (

    select
        measure_lines.*,
        'ALL' as split,
        'ALL' as split_value,
        false as is_of_smets
    from measure_lines
    inner join measures
        on measure_lines.measure_id = measures.measure_id
    where
        measure_lines.variant is null
        and coalesce(measures.splits, '') not in ('service', 'month')

    union all

    select
        *,
        'variant' as split,
        variant as split_value,
        false as is_of_smets
    from measure_lines
    where variant is not null

    union all

    select
        measure_lines.*,
        'service' as split,
        services.service as split_value,
        false as is_of_smets
    from measure_lines
    inner join measures
        on measure_lines.measure_id = measures.measure_id
    inner join services
        on measures.splits = 'service'

    union all

    select
        measure_lines.*,
        'month' as split,
        months.month as split_value,
        false as is_of_smets
    from measure_lines
    inner join measures
        on measure_lines.measure_id = measures.measure_id
    inner join months
        on measures.splits = 'month'

    union all

    select
        measure_lines.*,
        'day' as split,
        cast(days.day as string) as split_value,
        true as is_of_smets
    from measure_lines
    inner join measures
        on measure_lines.measure_id = measures.measure_id
    inner join days
        on measures.splits = 'day'

    union all

    select
        measure_lines.*,
        split_values.split,
        split_values.split_value,
        split_values.split in ('device_type', 'sla_s') as is_of_smets
    from measure_lines
    inner join measures
        on measure_lines.measure_id = measures.measure_id
    inner join measure_feeds
        on measure_lines.measure_id = measure_feeds.measure_id
    inner join split_values
        on
            {{ is_listed('split_values.split', 'measures.splits') }}
            and split_values.value_list = coalesce(
                measure_feeds.value_list,
                case
                    when
                        split_values.split = 'device_type' and measure_lines.business_process = 'Install and Commission'
                        then 'device_type_of_installs'
                    else split_values.split
                end
            )
    where measure_lines.is_whole

),

final as (

    select
        measures.measure_id,
        measure_splits.business_process,
        measure_splits.srv,
        measure_segments.segment,
        measure_splits.split,
        measure_splits.split_value,
        measure_splits.is_whole,
        not(
            measure_segments.segment = 'SMETS1'
            and (
                measures.smets1 = 'false'
                or (measures.smets1 = 'table_4' and not coalesce(process_srvs.smets1_applies, true))
            )
        ) as is_applicable
    from measures
    inner join measure_splits
        on measures.measure_id = measure_splits.measure_id
    inner join measure_segments
        on measures.measure_id = measure_segments.measure_id
    left join process_srvs
        on
            measure_splits.business_process = process_srvs.business_process
            and measure_splits.srv = process_srvs.srv
    where
        not (measure_splits.is_of_smets and measure_segments.has_segments)
        or measure_segments.segment in ('SMETS1', 'SMETS2')

)

select * from final
