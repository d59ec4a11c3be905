-- One row: gains of the month, and what was known before them.
with

this_month as (
    select
        cast(sum(gains) as bigint) as gain_count,
        cast(sum(read_before_gain) as bigint) as read_count,
        cast(sum(no_read_before_gain) as bigint) as no_read_count,
        cast(sum(old_supplier_8_14_1) as bigint) as commissioned_count,
        cast(sum(old_supplier_8_14_2) as bigint) as left_count,
        cast(sum(old_supplier_neither) as bigint) as neither_count
    from change_of_supplier
),

month_before as (
    select
        cast(sum(gains) as bigint) as gain_count,
        cast(sum(read_before_gain) as bigint) as read_count
    from before.change_of_supplier
)

select
    this_month.gain_count,
    this_month.read_count,
    this_month.no_read_count,
    share(this_month.read_count, this_month.gain_count) as read_share,
    this_month.commissioned_count,
    this_month.left_count,
    this_month.neither_count,
    share(month_before.read_count, month_before.gain_count) as before_share
from this_month
cross join month_before
where this_month.gain_count > 0
