"""How the pages write months, instants, counts and sizes: filters of their templates."""

from datetime import date
from typing import Any

from car.page.content import instant
from car.portal.pages.charts import compact
from car.reports.words import count, size


def month_name(month: str) -> str:
    """Write `2026-10` as `October 2026`."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


def format_name(kind: str) -> str:
    """Write the name of a file format."""
    return kind.title() if kind == "parquet" else kind.upper()


FILTERS: dict[str, Any] = {
    "compact": compact,
    "count": count,
    "format_name": format_name,
    "instant": instant,
    "month_name": month_name,
    "size": size,
}
