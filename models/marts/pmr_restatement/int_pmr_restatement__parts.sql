-- Grain: one row per part of the industry report: whether its figures stay as they were published for this month.
-- The hook keeps a league with the parties', role by role. depends_on: {{ ref('int_restatement__reports') }}
{{ config(post_hook="{{ lay_over_kept_report() }}") }}

{% set comparable = comparable_files(files_held_against()) -%}

with

published as (

    select * from {{ ref('fct_published_reports') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

business_processes as (

    select * from {{ ref('business_processes') }}

),

parts as (

    -- A part is of one business process or role where it names one, else of the whole report.
    select
        business_process as part,
        'business_process' as report,
        business_process,
        cast(null as string) as role
    from business_processes

    union all

    select
        'business_process' as part,
        'business_process' as report,
        cast(null as string) as business_process,
        cast(null as string) as role

    union all

    select
        'alerts' as part,
        'alerts' as report,
        cast(null as string) as business_process,
        cast(null as string) as role

    -- A hub stands in the files of two suppliers, and is of the group of one: so each role is a part.
    union all

    select
        'inventory as IS' as part,
        'inventory' as report,
        cast(null as string) as business_process,
        'IS' as role

    union all

    select
        'inventory as GS' as part,
        'inventory' as report,
        cast(null as string) as business_process,
        'GS' as role

),

origins as (

    -- The version from which a part's figures come.
    select
        *,
        {{ version_of_part('part') }} as origin
    from parts

),

changed_recipients as (

    -- Of every published file of the parties with industry figures, by what its exposure declares.
    {{ changed_recipients(comparable) }}

),

changed_groups as (

    select distinct
        changed_recipients.origin,
        changed_recipients.report,
        changed_recipients.role,
        changed_recipients.business_process,
        -- One that has left the register stands for itself.
        coalesce(parties.corporate_group, changed_recipients.party_id) as corporate_group
    from changed_recipients
    left join parties
        on
            changed_recipients.party_id = parties.party_id
            and changed_recipients.role = parties.role

),

counts as (

    select
        origins.part,
        count(distinct changed_groups.corporate_group) as changed_group_count
    from origins
    inner join changed_groups
        on
            origins.origin = changed_groups.origin
            and origins.report = changed_groups.report
            and (origins.business_process = changed_groups.business_process or origins.business_process is null)
            and (origins.role = changed_groups.role or origins.role is null)
    group by origins.part

),

final as (

    select
        origins.part,
        coalesce(counts.changed_group_count, 0) as changed_group_count,
        {{ 'true' if files_of_report() else 'false' }}
        and (
            -- Where no file can be held against what was published, nobody knows how many have changed.
            origins.origin || ' ' || origins.report not in ({{ compared_origins(comparable) }})
            or coalesce(counts.changed_group_count between 1 and {{ var('minimum_groups') }} - 1, false)
        ) as is_kept
    from origins
    left join counts
        on origins.part = counts.part

)

select * from final
