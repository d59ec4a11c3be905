"""Traces the figures of a report: from a page to the rows that it shows, and from the rows to the CSVs."""

from reports_drawn import joined, page_texts, titles
from reports_figures import Published, shown_by_block, together

from car.reports.tables import tables_of

_DECIDED_BEFORE = (
    "(select sum(met_count) from before.credentials_handover)"
    " + (select sum(failed_count) from before.credentials_handover)"
)
# Each ratio that is no cell: what it is of, as SQL over the query's own rows, or over CSVs. Each term of a
# sum or of a difference was published; a difference from a whole is what the others have.
RATIOS = {
    ("business_process", "verdict", "failed_share"): ("failure_count", "volume"),
    ("business_process", "verdict", "before_failed_share"): (
        "(select sum(failure_count) from before.failures)",
        "(select sum(own_volume) from before.benchmark where srv = 'ALL')",
    ),
    ("business_process", "reasons", "share_of_failures"): (
        "failure_count",
        "sum(failure_count) over (partition by key)",
    ),
    ("business_process", "main_cause", "share_of_failures"): ("failure_count", "all_failure_count"),
    ("business_process", "gain_totals", "read_share"): ("read_count", "gain_count"),
    ("business_process", "gain_totals", "before_share"): (
        "(select sum(read_before_gain) from before.change_of_supplier)",
        "(select sum(gains) from before.change_of_supplier)",
    ),
    ("alerts", "undelivered_by", "own_rate"): ("own_volume - undelivered_count", "own_volume"),
    ("alerts", "reasons", "share_of_undelivered"): (
        "undelivered_count",
        "sum(undelivered_count) over (partition by key)",
    ),
    ("inventory", "verdict", "ending_share"): ("ending_count", "device_count"),
    ("inventory", "type_pages", "ending_share"): ("ending_count", "device_count"),
    ("network_operator", "handover_totals", "own_rate"): ("met_count", "met_count + failed_count"),
    ("network_operator", "handover_totals", "before_rate"): ("before_met_count", _DECIDED_BEFORE),
    ("network_operator", "headlines", "own_rate"): ("own_count", "of_count"),
    ("network_operator", "headlines", "before_rate"): (
        "case when before_rate is not null then before_count end",
        f"case when before_rate is not null then {_DECIDED_BEFORE} end",
    ),
    **{
        ("network_operator", query, column): ratio
        for query in ("suppliers", "supplier_pages")
        for column, ratio in {
            "own_rate": ("met_count", "met_count + failed_count"),
            "before_rate": (
                "(select sum(met_count) from before.credentials_handover as b"
                " where b.energy_supplier_id = here.energy_supplier_id)",
                "before_decided_count",
            ),
            "others_rate": (
                "(select sum(met_count) from credentials_handover) - met_count",
                "others_decided_count",
            ),
        }.items()
    },
    ("network_operator", "supplier_beside", "own_rate"): ("met_count", "met_count + failed_count"),
    ("network_operator", "models_by_rate", "alert_share"): ("alert_count", "total_count"),
    ("network_operator", "models_by_rate", "alerts_per_hundred"): ("alert_count", "device_count"),
}
SCALE = {"alerts_per_hundred": (100, "1")}


# ---- from the page to its rows ------------------------------------------------------------------------


def on_pages(made, pdf, document=None):
    """Each page of a PDF with the blocks that stand on it, without the lines that all pages have.

    made: of whose rows the PDF is; pdf: without graphs and numbers of pages, of the document.
    """
    document = document or made.document
    texts = [joined(text.replace("\N{NO-BREAK SPACE}", " ")) for text in page_texts(pdf)]
    recipient = document.content["recipient"]
    role = f"{recipient['role_name']} ({recipient['role']})"
    who = f"{recipient['party_id']} · {role} · {recipient['month_name']}"
    edition = f"data as of {recipient['as_of'][:10]} · version {recipient['version']}"
    for number, text in enumerate(texts, start=1):
        footer = f"{edition} {number} / {len(texts)}"
        assert text.endswith(footer) and who in text
        texts[number - 1] = text.removesuffix(footer).replace(who, " ").replace(edition, " ")
    starts = [0]
    for title in titles(document)[1:]:
        starts.append(
            next(number for number, text in enumerate(texts) if number > starts[-1] and title in text)
        )
    blocks = [[]]
    for page in document.content["pages"]:
        if blocks[-1] and not page["is_continued"]:
            blocks.append([])
        place, _, key = page["place"].partition(":")
        blocks[-1] += [(place, key, block.block) for block in page_of(made.definition, place).blocks]
    found = []
    for number, text in enumerate(texts):
        part = max(place for place, start in enumerate(starts) if start <= number)
        found.append((text, blocks[part] if part < len(blocks) else None))
    return found


def page_of(report, name):
    return next(page for page in report.pages if page.page == name)


def strangers_of_pages(made, pdf, document=None):
    """The numbers on the pages of a PDF that the rows of its page have not."""
    shown = shown_by_block(made)
    found = []
    for text, places in on_pages(made, pdf, document):
        if places is None:  # the glossary
            found += glossary_of(document or made.document).strangers(text)
        else:
            whole = together(shown[place] for place in places)
            for file in files_at(document or made.document, places):
                whole.add_value(file)
            found += whole.strangers(text)
    return found


def files_at(document, places):
    """The files that the foot of a page names."""
    here = {f"{place}:{key}" for place, key, _ in places}
    return [
        file for page in document.content["pages"] if page["place"] in here for file in page["goes_on_in"]
    ]


def glossary_of(document):
    """Codes and their names, as the code lists have them."""
    shown = together(())
    for code, name in document.content["glossary"]["codes"]:
        shown.add_value(code)
        shown.add_value(name)
    return shown


def strangers_of_graphs(made, texts_of):
    """The strange numbers of some texts of each graph, and those texts."""
    shown, seen, found = shown_by_block(made), [], []
    for page in made.document.content["pages"]:
        place, _, key = page["place"].partition(":")
        of_page = together(shown[place, key, block.block] for block in page_of(made.definition, place).blocks)
        for block in page["blocks"]:
            for graph in (block["graph"], *(block["table"]["strips"] if block["table"] else ())):
                if graph:
                    texts = texts_of(graph)
                    seen += texts
                    found += [word for text in texts for word in of_page.strangers(text, in_graph=True)]
    return found, seen


# ---- from the rows to the CSVs ------------------------------------------------------------------------


def published_for(made):
    """What the recipient got that a report may read: its folder, and what its queries name of other areas."""
    areas = {made.kind} | {
        schema
        for name, sql in made.definition.queries.items()
        for schema, _ in tables_of(name, sql)
        if schema not in ("", "release", "before", "reference")
    }
    folders = [made.folder, made.before] if made.before else [made.folder]
    return Published.of(folders, tuple(f"{area}/{made.role}" for area in sorted(areas)))


def strangers_of_rows(made, published):
    """The values of rows that a report shows, and nobody published: query, column and value."""
    report = made.definition
    ratios = {}
    for of, query, column in RATIOS:
        if of == made.kind:
            ratios.setdefault(query, set()).add(column)
    queries = {
        (page.page, block.block, name): of.query
        for page in report.pages
        for block in page.blocks
        for name, of in block.rows.items()
    }
    shown = [
        (queries[page, block, name], rows) for (page, _, block, name), rows in made.document.shown.items()
    ]
    shown += [(page_of(report, page).each, [row]) for (page, _), row in made.these.items()]
    return [
        (query, *stranger)
        for query, rows in shown
        for stranger in published.strangers(rows, left_out=ratios.get(query, ()))
    ]
