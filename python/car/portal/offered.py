"""Which tables the pages of questions offer: Explore and Trends."""

from car.portal.schema import BundleSchema, Field, TableInfo
from car.portal.selection import measures_of
from car.reports.definition import INDUSTRY


def tables_to_explore(schema: BundleSchema, role: str) -> list[TableInfo]:
    """Give the tables of a role whose columns declare how cells are combined; none of the industry."""
    return [
        table
        for area in (schema.areas(role) if role else ())
        for table in schema.tables_in(area, role)
        if measures_of(table) and table.dimensions
    ]


def tables_with_trends(schema: BundleSchema, role: str) -> list[TableInfo]:
    """Give the tables that have the same lines month by month: a key without a day, and a figure.

    Parameters:
        role: empty: of the industry's report.
    """
    return [
        table
        for area in (schema.areas(role) if role else [INDUSTRY])
        for table in schema.tables_in(area, role)
        if figures_of(table) and lines_of(table) and not any(item.kind == "date" for item in lines_of(table))
    ]


def figures_of(table: TableInfo) -> list[Field]:
    """Give the figures that a trend can show."""
    return [item for item in table.shown if item.is_figure and not item.is_key and item.name != "position"]


def lines_of(table: TableInfo) -> list[Field]:
    """Give the columns that tell one line from another; none where the table is split over files."""
    is_split = "{" in table.template.replace("{role}", "")
    return [] if is_split else [item for item in table.shown if item.is_key]
