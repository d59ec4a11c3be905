-- one row per section of the report, with the page that it begins on
with

final as (
    from (
        values
        (1, '1 Introduction, purpose', 'What this report is, and how it is read', 'introduction:'),
        (2, '2 Executive summary', 'What matters this month, on one page', 'summary:'),
        (3, '3 Measures by process', 'Each process against its targets, with commentary', 'measures:'),
        (4, '4 Supplementary indicators', 'Volumes, outcomes and times behind the measures, day by day', 'indicators:'),
        (5, '5 Additional commentary', 'Major Incidents and outages, and what was said of the month', 'commentary:'),
        (6, '6 League tables', 'How far apart the parties are, without names', 'leagues:'),
        (7, '7 CPMs and Service Provider measures', 'The Code''s own measures, and what providers report', 'cpms:'),
        (8, '8 Service Credits', 'What providers owe for the month', 'credits:'),
        (9, '9 Alerts', 'How many came, how fast, by code', 'alerts:'),
        (10, '10 Estate health', 'Meters that answer, firmware, busy and silent Devices', 'estate:'),
        (11, '11 Defects, throttling', 'Defects of DCC Systems; alert storms; requests held back', 'defects:'),
        (12, '12 Exceptions', 'What was taken out of measures, and what was refused', 'exceptions:'),
        (13, '13 Trial metrics', 'Measures that are tried out', 'trials:'),
        (14, 'A What this rests on', 'Files, quarantine, checks and changes', 'basis:'),
        (15, 'B Definitions', 'Each measure and indicator, in words', 'definitions:'),
        (16, 'C Glossary', 'Words and codes that this report uses', 'glossary:')
    ) as sections (position, section_name, answers, page)
)

select
    section_name,
    answers,
    page
from final
order by position
