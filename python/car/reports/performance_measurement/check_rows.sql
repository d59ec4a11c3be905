-- one row per check of the report that found something: how often, and what
with

reconciliation as (
    from industry.reconciliation
),

worded as (
    from (
        values
        ('commentary_fresh', 'A text, or both parts of a figure, are as last month'),
        ('exception_governed', 'An exception was not applied'),
        ('incident_dated', 'The dates of an Incident closed in the month are missing or out of order'),
        ('maintenance_approved', 'Planned maintenance without approval counts as downtime'),
        ('not_applicable', 'Requests that are in no figure of a process, because SMETS1 does not apply'),
        ('outage_has_incident', 'An unplanned outage without a Category 1 or 2 Incident'),
        ('unknown_provider_measure', 'A provider''s measure that the list of measures does not know'),
        ('unmapped', 'A name in the data that no list assigns')
    ) as words ("check", means)
),

final as (
    select
        reconciliation."check" as check_name,
        coalesce(worded.means, replace(reconciliation."check", '_', ' ')) as means,
        count(*) as case_count,
        string_agg(
            reconciliation.subject || coalesce(' (' || reconciliation.detail || ')', ''),
            '; '
            order by reconciliation.subject
        ) as cases
    from reconciliation
    left join worded on reconciliation."check" = worded."check"
    group by reconciliation."check", worded.means
)

select
    check_name,
    means,
    case_count,
    cases
from final
order by check_name
