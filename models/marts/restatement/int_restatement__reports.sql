-- Grain: one row per role and report of which industry figures were published for this month: whether they stay.
{{ config(post_hook="{{ lay_over_kept_figures() }}") }}

{% set comparable = comparable_files(files_with_industry_figures()) -%}
{% set compared = compared_reports(comparable) | join("', '") -%}

with

published as (

    select * from {{ ref('fct_published_reports') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

changed_recipients as (

    -- Of every published file with industry figures, by what its exposure declares.
    {{ changed_recipients(comparable) }}

),

changed_groups as (

    select
        changed_recipients.report,
        changed_recipients.role,
        -- One that has left the register stands for itself.
        count(distinct coalesce(parties.corporate_group, changed_recipients.party_id)) as changed_group_count
    from changed_recipients
    left join parties
        on
            changed_recipients.party_id = parties.party_id
            and changed_recipients.role = parties.role
    group by
        changed_recipients.report,
        changed_recipients.role

),

final as (

    select
        published.report,
        published.role,
        coalesce(changed_groups.changed_group_count, 0) as changed_group_count,
        -- Where no file can be held against what was published, nobody knows how many have changed.
        published.report not in ('{{ compared }}')
        or coalesce(
            changed_groups.changed_group_count between 1 and {{ var('minimum_groups') }} - 1, false
        ) as is_kept
    from published
    left join changed_groups
        on
            published.report = changed_groups.report
            and published.role = changed_groups.role

)

select * from final
