-- Grain: one row: whether the industry report stays as it was published for this month.
{{ config(post_hook="{{ lay_over_kept_report() }}") }}

{% set comparable = comparable_files(files_held_against()) -%}

with

published as (

    select * from {{ ref('fct_published_reports') }}

),

parties as (

    select * from {{ ref('dim_parties') }}

),

parties_reports as (

    -- The hook keeps a league with the parties', role by role.
    select * from {{ ref('int_restatement__reports') }}

),

changed_recipients as (

    -- Of every published file of the parties with industry figures, by what its exposure declares.
    {{ changed_recipients(comparable) }}

),

changed_groups as (

    -- One that has left the register stands for itself.
    select count(distinct coalesce(parties.corporate_group, changed_recipients.party_id)) as changed_group_count
    from changed_recipients
    left join parties
        on
            changed_recipients.party_id = parties.party_id
            and changed_recipients.role = parties.role

),

kept_reports as (

    select count(*) as kept_report_count
    from parties_reports
    where is_kept

),

final as (

    select
        changed_groups.changed_group_count,
        kept_reports.kept_report_count,
        {{ 'true' if files_of_report() else 'false' }} and (
            -- Where no file can be held against what was published, nobody knows how many have changed.
            {{ 'false' if compared_reports(comparable) else 'true' }}
            or changed_groups.changed_group_count between 1 and {{ var('minimum_groups') }} - 1
        ) as is_kept
    from changed_groups
    cross join kept_reports

)

select * from final
