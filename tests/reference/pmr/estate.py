"""EH1 to EH4: the estate's health (contract, 1 and 3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial

from reference.history import METERS, NOT_IN_USE
from reference.landing import Row
from reference.pmr.alerts import code_key, place_of, segment_lines
from reference.pmr.common import DEVICE_TYPES, GENERATIONS, REGIONS, UNKNOWN, Sources, generation_of
from reference.pmr.disclosure import CellKey, Disclosure, Line, with_total
from reference.pmr.figures import WITHHELD, Figure, Place, count, share, withheld
from reference.pmr.silence import has_sixty_days, is_long_term

METER_READS = "Meter Reads"
NO_NETWORK = "N13"
NOISY_ALERTS = 1000
SILENT_REQUESTS = 1000
FIRMWARE_TYPES = ("ESME", "GSME", "CHF")
VERSIONS = ("current", "one_below", "two_below", "older", "not_listed")
CURRENT = "Current"
TOO_SHORT = "less than 60 days of data"


def estate_figures(sources: Sources, codes: Disclosure) -> list[Figure]:
    """All figures.

    Parameters: codes, the cells of alerts.csv: EH3 is withheld where that of N13 is.
    """
    return [*_readings(sources), *_firmware(sources), *_no_network(sources, codes), *_noise(sources)]


def snapshot(sources: Sources) -> dict[str, Row]:
    """The state of each Device in use at month end."""
    found = {}
    for device in sources.devices.ids():
        state = sources.devices.at(device, sources.last_instant)
        if state is not None and state["device_status"] not in NOT_IN_USE:
            found[device] = state
    return found


class Family:
    """Cells of one kind by segment and Device Type, and the lines between them."""

    def __init__(self, name: str, shares: tuple[tuple[str, str], ...], types: tuple[str, ...]) -> None:
        self.key = partial(CellKey, name)
        self.cells = Disclosure()
        self.shares = shares
        self.types = types
        self.lines = [self.cells.line(line) for line in segment_lines(self.key, None, types)]

    def add(self, place: tuple[str, str], groups: Collection[str], counts: dict[str, int]) -> None:
        """One row more, in its segment, in SMETS2 where that has it, and in its type."""
        segment, device_type = place
        keys = [self.key(segment=one) for one in with_total(segment)]
        if device_type in self.types:
            keys.append(self.key(segment=generation_of(segment), split="device_type", value=device_type))
        for key in keys:
            self.cells.row(key, groups, counts, self.shares)

    def close(self, held: bool = False) -> None:
        """Judge all cells and close the lines, in their order; held: no cell is shown."""
        self.cells.judge()
        if held:
            for key in list(self.cells.pools):
                self.cells.withhold(key)
        for line in self.lines:
            self.cells.close(line)

    def figures(self) -> Iterable[tuple[Place, Counter[str] | None]]:
        """Each place of the rectangle with its counts, None where withheld; and the rows `Withheld`."""
        keys = [
            self.key(segment=GENERATIONS[0]),
            self.key(segment=GENERATIONS[1]),
            *(self.key(segment=one) for one in REGIONS),
            *(
                self.key(segment=one, split="device_type", value=value)
                for one in GENERATIONS
                for value in self.types
            ),
        ]
        for key in keys:
            is_shown = self.cells.is_shown(key) or not self.cells.has_rows(key)
            yield place_in(key), self.cells.pool(key).counts if is_shown else None
        for key, counts in self.cells.rests().items():
            yield place_in(key), counts


def place_in(key: CellKey) -> Place:
    """A place of measures.csv without process and SRV."""
    return None, None, key.segment, key.split, key.value


def _readings(sources: Sources) -> Iterable[Figure]:
    """EH1."""
    asked: dict[str, bool] = {}
    for request in sources.month_requests:
        if request.process == METER_READS and request.device is not None:
            asked[request.device] = asked.get(request.device, False) or request.is_success
    shares = (("responding", "asked"), ("long_term", "asked"))
    family = Family("EH1", shares, METERS)
    last_day = sources.last_instant.date()
    for device, state in snapshot(sources).items():
        if state["device_type"] not in METERS or device not in asked:
            continue
        counts = {
            "asked": 1,
            "responding": int(asked[device]),
            "not_responding": int(not asked[device]),
            "long_term": int(is_long_term(sources, device, last_day)),
        }
        family.add(sources.place_of(device, sources.last_instant), groups_of(sources, device), counts)
    family.close()
    for place, counts in family.figures():
        for name in ("responding", "not_responding", "long_term"):
            measure = f"EH1:{name}"
            if counts is None:
                yield withheld(measure, place)
                continue
            figure = share(measure, place, counts[name], counts["asked"])
            # Where no Device was asked there is none that data of more days could tell of.
            if name == "long_term" and counts["asked"] and not has_sixty_days(sources):
                figure = replace(figure, state_reason=TOO_SHORT)
            yield figure


def groups_of(sources: Sources, device: str) -> list[str]:
    """The group of a Device at month end; none where it has no supplier."""
    group = sources.device_group(device, sources.last_instant)
    return [] if group is None else [group]


def _firmware(sources: Sources) -> Iterable[Figure]:
    """EH2."""
    listed: dict[tuple[object, ...], dict[str, bool]] = defaultdict(dict)
    for row in sources.rows("central_products_list"):
        model = row["device_type"], row["manufacturer"], row["model"]
        listed[model][row["firmware_version"]] = row["status"] == CURRENT
    cells = Disclosure()
    whole = CellKey("EH2")
    parts = tuple(CellKey("EH2", split="device_type", value=one) for one in FIRMWARE_TYPES)
    line = cells.line(Line(whole, parts, CellKey("EH2", split="device_type", value=WITHHELD)))
    shares = tuple((name, "devices") for name in VERSIONS)
    for device, state in snapshot(sources).items():
        kind = state["device_type"]
        if kind not in FIRMWARE_TYPES:
            continue
        versions = listed.get((kind, state["manufacturer"], state["model"]), {})
        counts = {"devices": 1, version_of(state["firmware_version"], versions): 1}
        for key in (whole, CellKey("EH2", split="device_type", value=kind)):
            cells.row(key, groups_of(sources, device), counts, shares)
    cells.judge()
    cells.close(line)
    for key in (whole, *parts):
        counts = cells.pool(key).counts
        for name in VERSIONS:
            if cells.has_rows(key) and not cells.is_shown(key):
                yield withheld(f"EH2:{name}", place_in(key))
            else:
                yield share(f"EH2:{name}", place_in(key), counts[name], counts["devices"])
    for key, counts in cells.rests().items():
        for name in VERSIONS:
            yield share(f"EH2:{name}", place_in(key), counts[name], counts["devices"])


def version_of(firmware: str | None, versions: dict[str, bool]) -> str:
    """How far a firmware version is below the greatest `Current` one of its model.

    Parameters: versions, those listed of the model, and whether each is `Current`.
    """
    if firmware is None or firmware not in versions:
        return "not_listed"
    if not versions[firmware]:
        return "older"
    current = sorted((version for version, is_current in versions.items() if is_current), reverse=True)
    return VERSIONS[min(current.index(firmware), 3)]


def _no_network(sources: Sources, codes: Disclosure) -> Iterable[Figure]:
    """EH3: what lies in several places counts in each, and so in their sum."""
    alerts: dict[tuple[str, tuple[str, str]], set[str]] = defaultdict(set)
    devices: dict[tuple[str, tuple[str, str]], set[str]] = defaultdict(set)
    for alert in sources.month_alerts:
        if alert.row["alert_code"] != NO_NETWORK or alert.row["suppressed"]:
            continue
        place, device = place_of(alert, sources), alert.row["device_id"]
        alerts[alert.row["alert_id"], place].add(sources.group(*alert.recipient))
        if device is not None:
            group = sources.device_group(device, alert.start)
            devices[device, place].update(() if group is None else [group])
    held = not codes.is_shown(code_key(NO_NETWORK))
    for name, rows in (("alerts", alerts), ("devices", devices)):
        family = Family(f"EH3:{name}", (), DEVICE_TYPES)
        for (_, place), groups in rows.items():
            family.add(place, groups, {"number": 1})
        family.close(held)
        yield from _counts(family, f"EH3:{name}")


def _counts(family: Family, measure: str) -> Iterable[Figure]:
    for place, counts in family.figures():
        yield withheld(measure, place) if counts is None else count(measure, place, counts["number"])


def _noise(sources: Sources) -> Iterable[Figure]:
    """EH4."""
    alerts = Counter(
        alert.row["device_id"] for alert in sources.month_alerts if alert.row["device_id"] is not None
    )
    noisy = {device for device, number in alerts.items() if number > NOISY_ALERTS}
    of_devices = Family("EH4:noisy_devices", (), DEVICE_TYPES)
    for device in noisy:
        place = sources.place_of(device, sources.last_instant)
        of_devices.add(place, groups_of(sources, device), {"number": 1})
    of_alerts = Family("EH4:noisy_alert_share", (("noisy", "alerts"),), DEVICE_TYPES)
    for alert in sources.month_alerts:
        device = alert.row["device_id"]
        place = (UNKNOWN, UNKNOWN) if device is None else sources.place_of(device, sources.last_instant)
        counts = {"alerts": 1, "noisy": int(device in noisy)}
        of_alerts.add(place, [sources.group(*alert.recipient)], counts)
    requests: Counter[str] = Counter()
    answered = set()
    for request in sources.month_requests:
        if request.device is not None:
            requests[request.device] += 1
            if request.is_success:
                answered.add(request.device)
    silent = Family("EH4:silent_devices", (), DEVICE_TYPES)
    for device, number in requests.items():
        if number > SILENT_REQUESTS and device not in answered:
            place = sources.place_of(device, sources.last_instant)
            silent.add(place, groups_of(sources, device), {"number": 1})
    for family in (of_devices, of_alerts, silent):
        family.close()
    yield from _counts(of_devices, "EH4:noisy_devices")
    yield from _counts(silent, "EH4:silent_devices")
    measure = "EH4:noisy_alert_share"
    for place, counts in of_alerts.figures():
        if counts is None:
            yield withheld(measure, place)
        else:
            yield share(measure, place, counts["noisy"], counts["alerts"])
