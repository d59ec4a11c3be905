"""Writes the static pages of whoever runs the reports: one look, nothing loaded."""

import shutil
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


def operator_template(template: Path) -> Template:
    """Read a template that extends `operator.html.j2`."""
    environment = Environment(
        loader=FileSystemLoader([template.parent, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name)


def write_operator_page(template: Path, folder: Path, **given: Any) -> Path:
    """Write a page in place of an earlier one.

    Parameters:
        template: extends `operator.html.j2`.
        folder: is emptied first.
        given: what the template names.

    Returns:
        The page.
    """
    text = operator_template(template).render(**given)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    page = folder / "index.html"
    page.write_text(text, encoding="utf-8")
    return page
