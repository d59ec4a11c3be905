{{ config(group='warehouse') }}
-- Each reason of each refused record is told of a column, and no other reason is.
with

refused as (

    {% for feed in landing_feed_names() -%}
    {{ 'union all ' if not loop.first }}
    select
        landed_file,
        landed_row,
        {{ each_of('reasons') }} as reason
    from {{ ref('stg_' ~ feed ~ '__quarantine') }}
    {% endfor %}

),

told as (

    select distinct
        landed_file,
        landed_row,
        reason
    from {{ ref('stg_landing_faults') }}

)

select
    refused.landed_file as refused_file,
    refused.landed_row as refused_row,
    refused.reason as refused_for,
    told.landed_file as told_file,
    told.landed_row as told_row,
    told.reason as told_reason
from refused
full outer join told
    on
        refused.landed_file = told.landed_file
        and refused.landed_row = told.landed_row
        and refused.reason = told.reason
where refused.landed_file is null or told.landed_file is null
