"""What readers were promised: each published file's columns and types, kept as one generated list.

The document of what goes out has a row for each file, too. A new file gets a row with its grain, and the row
of a retired file goes. What somebody has written of a file stays. The page of the industry report's
measures is written with them, and so is the page of all files and columns.

Run as `python -m car.warehouse.promised .`; `python3 tasks.py promise` does.
"""

import csv
import io
import re
import sys
import tempfile
from pathlib import Path

from car.warehouse.build import parse
from car.warehouse.catalogue import Catalogue, read_catalogue
from car.warehouse.contents import PAGE as CONTENTS
from car.warehouse.contents import contents_page
from car.warehouse.measures import PAGE, measures_page

COLUMNS, DOCUMENT = "docs/promised_columns.csv", "docs/published.md"


def promised(catalogue: Catalogue) -> str:
    """Give the list as CSV: a line per published file and column, in the order of the file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "column", "data_type"))
    for publication in catalogue.publications:
        for column in publication.columns:
            writer.writerow((publication.place, column.name, column.data_type))
    return text.getvalue()


def described(text: str, catalogue: Catalogue) -> str:
    """Give the document of what goes out with a row for each published file, and for no other.

    Parameters:
        text: the document; its tables of files begin with `| file | rows |`.
    """
    published = {publication.place: publication for publication in catalogue.publications}
    told = set(re.findall(_ROW, text, flags=re.MULTILINE))
    lines = []
    for line in text.splitlines(keepends=True):
        row = re.match(_ROW, line)
        if row is None or row[1] in published:
            lines.append(line)
    text = "".join(lines)
    for path in sorted(published.keys() - told):
        report = path.partition("/")[0]
        of_report = rf"^\| `{report}/.*\n"
        section = rf"^## {report.replace('_', ' ').capitalize()}\n(?:(?!## ).*\n)*?\|---\|---\|\n"
        rows = next(
            found
            for form in (of_report, section, rf"{_ROW}.*\n")
            if (found := list(re.finditer(form, text, flags=re.MULTILINE)))
        )
        grain = published[path].description.removeprefix("Grain: ").split(". ")[0].rstrip(".")
        at = rows[-1].end()
        text = f"{text[:at]}| `{path}` | {' '.join(grain.split())} |\n{text[at:]}"
    return text


_ROW = r"^\| `([^`]+\.csv)` \|"


def main(folder: str) -> None:
    """Write the list of the project as it stands, and the rows of files in the document of what goes out."""
    with tempfile.TemporaryDirectory() as work:
        catalogue = read_catalogue(parse(Path(work)))
    target, document = Path(folder) / COLUMNS, Path(folder) / DOCUMENT
    target.write_text(promised(catalogue), encoding="utf-8")
    document.write_text(described(document.read_text(encoding="utf-8"), catalogue), encoding="utf-8")
    (Path(folder) / PAGE).write_text(measures_page(Path(folder)), encoding="utf-8")
    (Path(folder) / CONTENTS).write_text(contents_page(catalogue), encoding="utf-8")
    print(
        f"Wrote {target} and the files of {document}: {len(catalogue.publications)} files. Review the diff:"
        " readers rely on every line."
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
