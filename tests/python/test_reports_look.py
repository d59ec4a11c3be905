"""How the pages of the PDF reports look.

Pictures of the pages of the fixed release are compared with the approved ones in tests/reports/approved.
After a change that is meant to be seen, run `python3 tasks.py approve`: it takes the pages as they are now,
and puts the old picture and the new one of each page that changed side by side into tests/reports/changed.
"""

import os
import re
import shutil
from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pytest
from PIL import Image, ImageChops
from reports_drawn import DRAWN, MADE, TESTS, drawn, every_report  # noqa: F401

from car.reports import charts, definition
from car.reports.definition import Block, Rows, reports

APPROVED, CHANGED = TESTS / "approved", TESTS / "changed"
APPROVE = "run `python3 tasks.py approve`, look at the pictures in tests/reports/changed"

# A pixel is 2 points and has one of sixteen greys. Tiles of pixels are compared by their mean: another build
# of the renderer may smooth an edge otherwise, which moves a tile by less than 3 of 255; one tick of the
# thinnest sort that is not there moves its tile by more than 6, a word or a bar by more than 20.
_SCALE, _TILE, _TOLERANCE, _GREY_STEP = 0.5, 8, 5, 17


def pictures(pdf):
    with pypdfium2.PdfDocument(pdf) as opened:
        pages = [page.render(scale=_SCALE, grayscale=True).to_pil().convert("L") for page in opened]
    return [page.point(lambda value: round(value / _GREY_STEP) * _GREY_STEP) for page in pages]


def worst_tile(one, other):
    difference = ImageChops.difference(one, other)
    tiles = (-(-one.width // _TILE), -(-one.height // _TILE))
    padded = Image.new("L", (tiles[0] * _TILE, tiles[1] * _TILE))
    padded.paste(difference)
    return padded.resize(tiles, Image.Resampling.BOX).getextrema()[1]


def approved_of(kind, folder):
    """The approved pictures of a report, by name."""
    found = {}
    for path in sorted(folder.glob(f"{kind}-*.png")):
        with Image.open(path) as picture:
            found[path.name] = picture.convert("L")
    return found


def approve(kind, found, approved, changed):
    """Take pages for the approved ones; what changed is shown beside what was approved.

    Pages that look the same keep their picture: of another renderer each would be a little otherwise.
    """
    old = approved_of(kind, approved)
    new = {f"{kind}-{number:02d}.png": picture for number, picture in enumerate(found, start=1)}
    approved.mkdir(exist_ok=True)
    changed.mkdir(exist_ok=True)
    for path in changed.glob(f"{kind}-*.png"):
        path.unlink()
    for name in sorted(old.keys() | new.keys()):
        before, now = old.get(name), new.get(name)
        if before and now and before.size == now.size and worst_tile(before, now) <= _TOLERANCE:
            continue
        side_by_side(before, now).save(changed / name, optimize=True)
        if now is None:
            (approved / name).unlink()
        else:
            now.save(approved / name, optimize=True)


def side_by_side(before, now):
    """The old picture at the left and the new one at the right; where there is none, it is grey."""
    width, height = (now or before).size
    whole = Image.new("L", (2 * width + 10, height), 0)
    for left, picture in ((0, before), (width + 10, now)):
        whole.paste(picture or Image.new("L", (width, height), 200), (left, 0))
    return whole


@every_report
def test_pages_look_as_approved(drawn, kind):
    found = pictures(drawn(kind).pdf)
    if os.environ.get("APPROVE_REPORTS"):
        approve(kind, found, APPROVED, CHANGED)
        pytest.skip("The pages were approved anew, not compared.")
    approved = approved_of(kind, APPROVED)
    assert len(found) == len(approved), (
        f"{len(approved)} pages were approved, now they are {len(found)}: {APPROVE}"
    )
    for page, (name, picture) in zip(found, approved.items(), strict=True):
        assert worst_tile(page, picture) <= _TOLERANCE, f"{name} looks otherwise: {APPROVE}"


def test_no_picture_is_of_a_report_that_is_not_there():
    if missing := [kind for kind in DRAWN if kind not in MADE]:
        pytest.skip(f"Not made yet: {', '.join(missing)}")
    names = {path.name.rpartition("-")[0] for path in APPROVED.glob("*.png")}
    assert names <= {report.name for report in definition.every_report()}


def test_approving_shows_old_beside_new_of_what_changed(tmp_path):
    approved, changed = tmp_path / "approved", tmp_path / "changed"
    white, black = Image.new("L", (40, 60), 255), Image.new("L", (40, 60), 0)
    approve("alerts", [white, white, white], approved, changed)
    assert len(list(approved.iterdir())) == len(list(changed.iterdir())) == 3
    kept = (approved / "alerts-01.png").stat().st_mtime_ns

    approve("alerts", [white, black], approved, changed)
    assert sorted(path.name for path in approved.iterdir()) == ["alerts-01.png", "alerts-02.png"]
    assert (approved / "alerts-01.png").stat().st_mtime_ns == kept
    assert sorted(path.name for path in changed.iterdir()) == ["alerts-02.png", "alerts-03.png"]
    with Image.open(changed / "alerts-02.png") as both:
        assert (both.getpixel((5, 30)), both.getpixel((60, 30))) == (255, 0)

    # Another report's pictures stay.
    approve("inventory", [white], approved, changed)
    assert len(list(approved.glob("alerts-*"))) == 2 and len(list(changed.glob("alerts-*"))) == 2
    shutil.rmtree(changed)
    approve("alerts", [white, black], approved, changed)
    assert list(changed.iterdir()) == []


# ---- all of it has been looked at ---------------------------------------------------------------------


def unseen(made):
    """The graphs and tables of a report's list that no page shows: no picture of them was ever approved."""

    def is_drawn(page, block):
        of = block.table.rows if block.table else next(iter(block.graph.rows.values()))
        wanted = {of, block.needs} - {None}
        keys = {key for name, key, *_ in made.document.shown if name == page.page}
        return any(
            all(made.document.shown[page.page, key, block.block, name] for name in wanted) for key in keys
        )

    return [
        f"{page.page}: {block.block}"
        for page in made.definition.pages
        for block in page.blocks
        if (block.graph or block.table) and not is_drawn(page, block)
    ]


# What the recipients of the fixed release have not; tests of pages draw it from other rows.
NOT_IN_THE_FIXED_RELEASE = {
    "business_process": {"verdict: changes", "verdict: slow"},
    "inventory": {"verdict: changes", "types: lasting_types"},
    "alerts": {"verdict: changes", "verdict: findings", "verdict: slow"},
    "network_operator": {"verdict: changes", "verdict: findings", "supplier: graph"},
}


@every_report
def test_every_graph_and_table_stands_in_an_approved_picture(drawn, kind):
    """The pages of the fixed release are the approved pictures: what they show not, nobody has looked at."""
    assert sorted({*unseen(drawn(kind))} - NOT_IN_THE_FIXED_RELEASE[kind]) == [], (
        "the fixed release has no rows for these: tests/reports/cut_release.py keeps none (ROWS)"
    )


def test_a_block_that_no_page_shows_is_named(drawn):
    kind = next(iter(MADE))
    page, *others = MADE[kind].pages
    table = next(block.table for block in page.blocks if block.table)
    nothing = Block("nothing", rows={table.rows: Rows("changed")}, needs=table.rows, table=table)
    more = replace(MADE[kind], pages=(replace(page, blocks=(*page.blocks, nothing)), *others))
    assert f"{page.page}: nothing" in unseen(drawn(kind, report=more))


def test_a_changed_template_looks_unlike_the_approved_pages(drawn, monkeypatch):
    """One mark of the industry less, and the pictures differ."""
    kind = "business_process" if "business_process" in MADE else next(iter(MADE))
    as_it_is = definition.template
    assert as_it_is("standing").count('"$colour.industry"') >= 1
    monkeypatch.setattr(
        charts,
        "template",
        lambda name: (
            as_it_is(name).replace("$colour.industry", "$colour.paper")
            if name == "standing"
            else as_it_is(name)
        ),
    )
    found = zip(pictures(drawn(kind).pdf), pictures(drawn(kind, report=replace(MADE[kind])).pdf), strict=True)
    assert max(worst_tile(one, other) for one, other in found) > _TOLERANCE


@every_report
def test_greys_of_one_graph_can_be_told_apart(drawn, kind):
    """Fills in the legend of a graph, as a printer in black and white has them, are 20 of 255 apart."""
    for drawing in drawn(kind).document.drawings.values():
        legend = re.findall(r'class="mark-symbol role-legend-symbol"[^>]*>(.*?)</g>', drawing.svg, re.DOTALL)
        colours = [
            colour for symbol in legend for colour in re.findall(r'(?:fill|stroke)="#([0-9a-f]{6})"', symbol)
        ]
        greys = sorted({grey(colour) for colour in colours})
        assert all(later - sooner >= 20 for sooner, later in pairwise(greys)), greys


def grey(colour):
    red, green, blue = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


@every_report
def test_a_mark_of_a_legend_is_explained_and_drawn(kind):
    """Each word of a list's legend has a mark in report.typ."""
    typst = (definition.PACKAGE / "report.typ").read_text(encoding="utf-8")
    marks = {mark for page in MADE[kind].pages for block in page.blocks for mark in block.legend}
    assert marks <= set(re.findall(r'name == "(\w+)"', typst))
    assert {report.name for report in reports()}
