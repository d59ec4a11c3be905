"""Bundles hold what the portal may hold of a release, cell by cell, and serve no other release."""

import json
import os

import duckdb
import pytest
from portal_release import (
    MONTH,
    MONTH_BEFORE,
    NETWORK_OPERATOR,
    RECIPIENTS,
    SUPPLIER,
    bundled,
    list_files,
    read_csv,
    released,
    store_of,
)

from car.console import Reporter
from car.errors import CarError
from car.month import publish_again
from car.portal.bundle.build import build_bundle, build_bundles, fits, read_source
from car.portal.bundle.command import build_lacking
from car.portal.bundle.contents import tables_of
from car.portal.bundle.places import FORMAT, bundle_place
from car.portal.selection import Selection, rows, written
from car.portal.store import NotShown
from car.release.places import INDUSTRY
from car.release.tree import Month, months
from car.warehouse.build import find_project, parse
from car.warehouse.catalogue import read_catalogue
from car.workspace import Machine


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return bundled(released(tmp_path_factory.mktemp("portal")))


def place_of(out, recipient, month=MONTH):
    return bundle_place(out, month, 1, recipient)


@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_a_bundle_has_each_cell_of_the_csvs_but_of_withheld_columns(out, recipient):
    store = store_of(out)
    place = place_of(out, recipient)
    package = json.loads((place.folder / "datapackage.json").read_text())
    compared = 0
    with store.reading(store.in_force(), recipient, [MONTH]) as reading:
        for described in tables_of(package, recipient == INDUSTRY):
            table = reading.schema.tables[(described.area, described.name)]
            names = [field.name for field in table.fields]
            found = reading.cursor.execute(f"from {table.relation}").fetchall()
            wanted = []
            for path in described.paths:
                header, *lines = read_csv(place.folder / path)
                known = [header.index(name) for name in names if name in header]
                in_path = [path.split("/")[-1].removesuffix(".csv")] * len(table.fields)
                ending = in_path[: len(names) - len(known)]
                wanted += [[*(line[place] for place in known), *ending] for line in lines]
            assert [[written(value) for value in row] for row in found] == wanted, table.template
            compared += len(found) * len(names)
    assert compared > 1_000


def test_no_bundle_knows_a_column_that_the_portal_may_not_hold(out):
    catalogue = read_catalogue(parse(find_project()))
    withheld = {
        column.name
        for publication in catalogue.publications
        for column in publication.columns
        if not column.portal
    }
    assert "device_id" in withheld and len(withheld) == 8
    for recipient in RECIPIENTS:
        with duckdb.connect(str(place_of(out, recipient).path), read_only=True) as connection:
            columns = {
                row[0] for row in connection.execute("select column_name from duckdb_columns()").fetchall()
            }
        assert not columns & withheld


def test_no_bundle_holds_a_value_of_a_withheld_column(out):
    place = place_of(out, SUPPLIER)
    header, *lines = read_csv(place.folder / "inventory" / "IS" / "devices.csv")
    secrets = {line[header.index(name)].encode() for line in lines for name in ("device_id", "postcode")}
    content = place.path.read_bytes()
    assert lines and not [secret for secret in secrets if len(secret) > 5 and secret in content]


def test_a_bundle_that_does_not_fit_its_release_is_never_served(tmp_path):
    out = bundled(released(tmp_path))
    store = store_of(out)
    place = place_of(out, SUPPLIER)
    assert store.is_shown(place)
    list_files(place.folder, MONTH, 2)  # another manifest than the one that the bundle names
    assert not store.is_shown(place)
    with pytest.raises(NotShown), store.reading(store.in_force(), SUPPLIER, [MONTH]):
        pass
    # Another party's bundle in its place is of another manifest.
    os.replace(place_of(out, NETWORK_OPERATOR).path, place.path)
    assert not store.is_shown(place)
    build_bundle(place)
    assert store.is_shown(place)


def test_other_months_go_on_where_one_is_damaged(tmp_path):
    out = bundled(released(tmp_path))
    store = store_of(out)
    place = place_of(out, SUPPLIER)
    content = place.path.read_bytes()
    place.path.unlink()
    place.path.write_bytes(content[:8_192])
    with pytest.raises(NotShown), store.reading(store.in_force(), SUPPLIER, [MONTH, MONTH_BEFORE]):
        pass
    with store.reading(store.in_force(), SUPPLIER, [MONTH_BEFORE, MONTH]) as reading:
        assert reading.months == [MONTH_BEFORE]


def test_a_party_sees_its_own_bundles_and_no_other_file(out):
    store = store_of(out)
    other = place_of(out, NETWORK_OPERATOR).path
    with store.reading(store.in_force(), SUPPLIER, [MONTH]) as reading:
        for statement in (
            f"attach '{other}' as other (read_only)",
            f"select * from read_csv('{out}/releases/{MONTH}/v1/run.json')",
            f"copy (select 1) to '{out}/written.csv'",
            "set enable_external_access = true",
            "set lock_configuration = false",
            "install httpfs",
        ):
            with pytest.raises(duckdb.Error):
                reading.cursor.execute(statement)
        with pytest.raises(duckdb.Error):
            reading.cursor.execute(f"delete from {reading.schema.tables[('inventory', 'devices')].relation}")


def test_what_lacks_is_built_and_the_rest_is_left(tmp_path):
    out = released(tmp_path)
    reporter = Reporter(as_json=False, aside=True)
    done = build_lacking(out, "", None, 1, reporter)
    assert done["bundles"] == 5 and done["months"] == {MONTH_BEFORE: 1, MONTH: 1}
    kept = place_of(out, SUPPLIER).path
    before = kept.stat().st_ino
    place_of(out, INDUSTRY).path.unlink()
    done = build_lacking(out, MONTH, MONTH, 1, reporter)
    assert done["bundles"] == 1
    assert kept.stat().st_ino == before
    assert read_source(kept)["recipient"] == SUPPLIER


def test_a_folder_that_is_not_what_its_manifest_says_gives_no_bundle(tmp_path):
    out = released(tmp_path)
    place = place_of(out, SUPPLIER)
    path = place.folder / "business_process" / "IS" / "benchmark.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(CarError, match=r"benchmark\.csv .* other rows"):
        build_bundle(place)
    assert not list(place.path.parent.iterdir())
    with pytest.raises(CarError, match=r"benchmark\.csv"):
        build_bundles(out, MONTH, 1, 1)


def test_a_selection_gives_rows_as_published_or_sorted_in_a_total_order(out):
    store = store_of(out)
    with store.reading(store.in_force(), SUPPLIER, [MONTH]) as reading:
        table = reading.schema.tables[("business_process", "daily")]
        as_published = rows(reading.cursor, Selection(table, "IS", {}), 10_000)
        by_volume = rows(reading.cursor, Selection(table, "IS", {}, (), ("own_volume", True)), 10_000)
    place = [field.name for field in table.shown].index("own_volume")
    wanted = sorted(as_published, key=lambda row: -(row[place] or 0))
    assert by_volume == wanted and by_volume != as_published


def test_a_bundle_of_another_layout_is_built_anew(tmp_path, monkeypatch):
    out = bundled(released(tmp_path))
    place = place_of(out, SUPPLIER)
    assert fits(place)
    monkeypatch.setattr("car.portal.bundle.build.FORMAT", FORMAT + 1)
    assert not fits(place)


def test_a_release_has_its_bundles_before_it_is_in_force(warehouse, tmp_path, monkeypatch):
    """So that the portal shows it with the next request, and has no moment without."""
    seen = []
    switch = Month.switch

    def looked_at(self, change):
        seen.append(
            sorted(path.name for path in tmp_path.glob(f"out/portal/*/v{change.to_version}/*.duckdb"))
        )
        switch(self, change)

    monkeypatch.setattr(Month, "switch", looked_at)
    target = tmp_path / "out"
    publish_again(target, warehouse.build().path, False, Machine(1, "512MB"), Reporter(), bundles=True)
    (month,) = months(target)
    parties = sorted(path.name for path in (month.version_path(1) / "parties").iterdir())
    assert parties and seen == [[f"{party}.duckdb" for party in parties]]
    assert all(fits(bundle_place(target, month.name, 1, party)) for party in parties)


def test_without_the_setting_a_release_has_no_bundles(warehouse, tmp_path):
    publish_again(tmp_path / "out", warehouse.build().path, False, Machine(1, "512MB"), Reporter())
    assert not (tmp_path / "out" / "portal").exists()
