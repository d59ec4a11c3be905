-- What queries of reports share.

-- A share of counts, half away from zero, in whole numbers: it has no floating-point step. Null of nothing.
create macro share(part, whole) as case
    when whole > 0
        then cast((
            cast(
                (2000000 * cast(part as hugeint) + cast(whole as hugeint))
                // (2 * cast(whole as hugeint)) as decimal(38, 0)
            )
            * cast(0.000001 as decimal(7, 6))
        ) as decimal(38, 6))
end;

-- A figure in words: thousands apart, and every digit of the file after the point, but at least so many.
create macro written(figure, decimals) as
case when figure < 0 then '-' else '' end
|| format('{:,}', cast(trunc(abs(figure)) as bigint))
|| rtrim(
    '.' || rpad(
        rtrim(split_part(cast(figure as varchar), '.', 2), '0'),
        cast(greatest(length(rtrim(split_part(cast(figure as varchar), '.', 2), '0')), decimals) as integer),
        '0'
    ),
    '.'
);

-- A share in percent: two decimals, but every digit of the file where two would read as the target, as the minimum, as
-- nothing or as all, and the share is not that.
create macro written_share(figure, target, minimum) as case
    when round(figure * 100, 2) = figure * 100 then written(round(figure * 100, 2), 2)
    when
        round(figure * 100, 2) in (0, 100)
        or coalesce(sign(figure - target) != sign(round(figure * 100, 2) - target * 100), false)
        or coalesce(sign(figure - minimum) != sign(round(figure * 100, 2) - minimum * 100), false)
        then written(figure * 100, 4)
    else written(round(figure * 100, 2), 2)
end;

-- An instant to the minute, with its year where that is not the report's.
create macro to_the_minute(instant, first_day) as
strftime(instant, '%-d %b')
|| case when year(instant) = year(first_day) then '' else strftime(instant, ' %Y') end
|| strftime(instant, ' %H:%M');

-- Commentary beside a figure: whether it was given for the figure's segment or for the whole measure.
create macro whole_commentary(is_own, commentary) as
case when is_own then '' else 'For the whole measure: ' end || commentary;

-- The same where there is little room.
create macro short_commentary(is_own, commentary, longest) as case
    when length(commentary) > longest
        then left(whole_commentary(is_own, commentary), longest - 1) || '… (whole in section 5)'
    else whole_commentary(is_own, commentary)
end;
