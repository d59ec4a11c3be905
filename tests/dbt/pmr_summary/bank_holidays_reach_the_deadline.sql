{{ config(group='reporting') }}
-- The list of bank holidays ends with a year; a deadline after it would be wrong without a word.
with

deadline as (

    select * from {{ ref('fct_industry_deadline') }}

)

select
    due_on,
    'The seed bank_holidays ends before the report of ' || reporting_month || ' is due: bring it up to date from'
    || ' a newer release of the package govuk-bank-holidays' as says
from deadline
where not is_known
