-- Grain: one row: how many figures of the industry are withheld, and of how many.
with

compared_figures as (

    -- Of a measure that none of the recipient's Devices could have there is nothing to compare.
    select
        count(*) as figure_count,
        count(*) filter (where industry_suppressed) as withheld_figure_count
    from figures
    where
        measure != 'devices'
        and of_count > 0

),

versions as (

    select
        count(*) as version_count,
        count(*) filter (where industry_suppressed) as withheld_version_count
    from summary
    where firmware_version != 'All other'

),

leagues as (

    -- A league that is not shown has the recipient's own row alone.
    select bool_and(is_recipient) as is_withheld
    from firmware_league
    group by
        device_type,
        device_manufacturer,
        device_model

),

leagues_counted as (

    select
        count(*) as league_count,
        count(*) filter (where is_withheld) as withheld_league_count
    from leagues

),

final as (

    select
        compared_figures.figure_count,
        compared_figures.withheld_figure_count,
        versions.version_count,
        versions.withheld_version_count,
        leagues_counted.league_count,
        leagues_counted.withheld_league_count
    from compared_figures
    cross join versions
    cross join leagues_counted

)

select * from final
order by figure_count
