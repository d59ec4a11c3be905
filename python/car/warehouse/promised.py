"""What readers were promised: each published file's columns and their types, kept as one generated list.

Run as `python -m car.warehouse.promised docs/promised_columns.csv`; `python3 tasks.py promise` does.
"""

import csv
import io
import sys
import tempfile
from pathlib import Path

from car.warehouse.build import parse
from car.warehouse.catalogue import Catalogue, read_catalogue


def promised(catalogue: Catalogue) -> str:
    """Give the list as CSV: a line per published file and column, in the order of the file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "column", "data_type"))
    for publication in catalogue.publications:
        for column in publication.columns:
            writer.writerow((publication.path, column.name, column.data_type))
    return text.getvalue()


def main(target: str) -> None:
    """Write the list of the project as it stands."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = read_catalogue(parse(Path(folder)))
    Path(target).write_text(promised(catalogue), encoding="utf-8")
    print(
        f"Wrote {target}: {len(catalogue.publications)} files. Review the diff: readers rely on every line."
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
