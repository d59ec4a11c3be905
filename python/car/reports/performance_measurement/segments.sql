-- one row per segment, in the order in which they are shown; what is left over after the shown ones comes last
with

final as (
    from (
        values
        (0, 'ALL', 'All'),
        (1, 'SMETS2', 'SMETS2'),
        (2, 'North', 'North'),
        (3, 'Central', 'Central'),
        (4, 'South', 'South'),
        (5, '4G North', '4G North'),
        (6, '4G Central', '4G Central'),
        (7, '4G South', '4G South'),
        (8, 'Unknown', 'Unknown'),
        (9, 'SMETS1', 'SMETS1'),
        (10, 'Withheld', 'Withheld (sum)')
    ) as segments (position, segment, segment_name)
)

select
    position,
    segment,
    segment_name
from final
order by position
