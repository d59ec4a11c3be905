"""The pages that analysts of a supplier walk, by kind."""

import random
import re
from collections.abc import Iterator
from urllib.parse import urlencode

LARGE, SMALL = "LARGE-ENERGY", "DALE-ENERGY"
"""The large supplier, and another one with files of its own."""
_LETTERS = "abcdefghijklmnopqrs"
_SRVS = ("1.1.1", "1.2.1", "2.2", "4.6.1", "4.8.1")
_REGIONS = ("Central", "North", "South")
_TYPES = ("ESME", "GSME")
_PROCESSES = ("Meter Reads", "Meter Reads 1", "Prepayment", "Prepayment 1", "Install and Commission")
_TRENDS = (
    "business_process/benchmark",
    "business_process/round_trip_time",
    "alerts/monthly",
    "inventory/summary",
)
_EDITION = re.compile(r"[ +]ed(\d+)\b")
_VERSION = re.compile(r"<p>Version (\d+), as of")
KINDS = {
    "overview": 3,
    "inventory": 2,
    "inventory filtered": 2,
    "business process": 3,
    "business process filtered": 3,
    "alerts": 2,
    "alerts filtered": 2,
    "devices": 2,
    "devices filtered": 3,
    "devices sorted": 2,
    "devices paged": 2,
    "srv table filtered": 2,
    "explore": 2,
    "explore filtered": 3,
    "trends": 2,
    "industry": 2,
    "downloads": 1,
    "guidance": 1,
}
"""How often an analyst opens each kind of page, as weights."""


def page(kind: str, month: str, role: str, draw: random.Random) -> str:
    """Give the path of a page of a kind, with filters drawn."""
    here = f"/{month}/{role}"
    model = f"MODEL {draw.randrange(20):02d}"
    region, device_type, srv = draw.choice(_REGIONS), draw.choice(_TYPES), draw.choice(_SRVS)
    code = f"81A0{draw.choice(_LETTERS)}"
    day = f"{month}-{draw.randrange(2, 28):02d}"
    devices = f"{here}/table/inventory/devices"
    found = {
        "overview": f"{here}/overview",
        "inventory": f"{here}/inventory",
        "inventory filtered": _with(
            f"{here}/inventory", device_type=device_type, device_model=draw.choice(["", model])
        ),
        "business process": f"{here}/business_process",
        "business process filtered": _with(
            f"{here}/business_process",
            business_process=draw.choice(_PROCESSES),
            region=draw.choice([region, ""]),
            device_type=draw.choice([device_type, "", ""]),
        ),
        "alerts": f"{here}/alerts",
        "alerts filtered": _with(
            f"{here}/alerts", alert_code=code, device_type=draw.choice([device_type, ""])
        ),
        "devices": devices,
        "devices filtered": _with(
            devices,
            **draw.choice(
                [
                    {"device_model": model, "device_type": device_type},
                    {"device_model": model, "commissioned_status": "Suspended"},
                    {"last_meter_read_at.before": day, "device_type": device_type},
                    {"prepayment_flag": "true", "smets_version": "SMETS1", "csp_id": "S1SP-MOC"},
                    {"last_alert_code": code},
                ]
            ),
        ),
        "devices sorted": _with(
            devices,
            sort=draw.choice(
                ["last_meter_read_at", "-last_meter_read_at", "device_model", "-firmware_version"]
            ),
            device_type=draw.choice(["", device_type]),
        ),
        "devices paged": _with(devices, page=draw.choice([2, 3, 10, draw.randrange(50_000)])),
        "srv table filtered": _with(f"{here}/table/business_process/srv", srv=srv, region=region),
        "explore": _with(
            f"{here}/explore", table="business_process/srv", measure="success_share", by="region"
        ),
        "explore filtered": _with(
            f"{here}/explore",
            **draw.choice(
                [
                    {
                        "table": "business_process/srv",
                        "measure": "failures",
                        "by": "device_model",
                        "and": "region",
                        "srv": srv,
                    },
                    {
                        "table": "business_process/srv",
                        "measure": "rtt_mean_s",
                        "by": "srv",
                        "device_type": device_type,
                    },
                    {
                        "table": "alerts/alert",
                        "measure": "success_share",
                        "by": "failure_reason_code",
                        "region": region,
                    },
                    {
                        "table": "alerts/alert",
                        "measure": "alert_count",
                        "by": "device_firmware_version",
                        "alert_code": code,
                    },
                ]
            ),
        ),
        "trends": _with(f"{here}/trends", table=draw.choice(_TRENDS)),
        "industry": f"/{month}/industry/industry",
        "downloads": f"{here}/downloads",
        "guidance": f"{here}/guidance",
    }
    return found[kind]


def kinds(draw: random.Random, without: tuple[str, ...] = ()) -> Iterator[str]:
    """Give kinds of pages without end, as often as analysts open them."""
    weights = {kind: weight for kind, weight in KINDS.items() if kind not in without}
    while True:
        yield draw.choices(list(weights), list(weights.values()))[0]


def version_of(html: str) -> int:
    """Give the version of the release that a page says that it is of; 0 where it says none."""
    found = _VERSION.search(html)
    return int(found[1]) if found else 0


def editions_in(html: str) -> set[int]:
    """Give the versions whose names stand in a page's figures."""
    return {int(number) for number in _EDITION.findall(html)}


def _with(path: str, **parameters: object) -> str:
    kept = {name: value for name, value in parameters.items() if value != ""}
    return f"{path}?{urlencode(kept)}" if kept else path
