"""A portal to attack: its releases hold hostile texts and canaries, and requests reach it byte for byte."""

import asyncio
import csv
import json
import logging
import re
import shutil
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import unquote, urlencode

from portal_access_app import FROM_HERE, HOST, settings_of
from portal_access_app import create as create_small
from portal_access_app import lines as audit_lines
from portal_release import MONTH, MONTH_BEFORE, NETWORK_OPERATOR, SUPPLIER, list_files, read_csv, released

from car.portal import connection
from car.portal.access.errors import AnswerCut
from car.portal.app import create
from car.portal.bundle.build import build_bundle
from car.portal.bundle.places import bundle_place
from car.release.places import folders_in

# Names that Devices of the supplier have: what a browser, a template or a spreadsheet would run.
HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "{{7*7}}{% raw %}",
    "'=cmd|' /C calc'!A0",
    "'+1+1",
    "javascript:alert(3)//",
    "\u202emodel\u2028&lt;b&gt;",
)
# What the network operator alone has.
CANARY_MODEL, CANARY_MPXN, CANARY_DEVICE = "QUILLFEATHER 9", "1999988877766", "F0-0D-F0-0D-F0-0D-F0-0D"
NOT_IN_FORCE, OTHER_MONTH = "v2", "2026-08"
# What alert files declare today of how their cells combine; the fixed release is older.
_COMBINES = {
    "outcome": {"good": "Delivered"},
    "alert_count": "sum",
    "delivery_min_s": "min",
    "delivery_mean_s": {"mean_of": "delivery_sum_s"},
    "delivery_max_s": "max",
}
_UNITS = {"alert_count": "count"}


def attacked_release(out):
    """Make releases with hostile texts and canaries, others that are not in force, and all bundles."""
    released(out)
    for month in (MONTH, MONTH_BEFORE):
        parties = out / "releases" / month / "v1" / "parties"
        _rename_models(parties / SUPPLIER, HOSTILE)
        _rename_models(parties / NETWORK_OPERATOR, [CANARY_MODEL])
        for party in (SUPPLIER, NETWORK_OPERATOR):
            _describe(parties / party)
        outages = parties / NETWORK_OPERATOR / "network_operator" / "ED" / "outage_restoration.csv"
        with outages.open("a", encoding="utf-8") as stream:
            instant = f"{month}-02T03:04:05Z"
            row = (month, NETWORK_OPERATOR, "ED", "8F35_without_AD1", CANARY_MPXN, CANARY_DEVICE)
            stream.write(",".join([*row, "canary-alert", instant]) + "\n")
        for folder in parties.iterdir():
            list_files(folder, month)
    # A version that is not in force, a month that is not, and one that is being made.
    of_month = out / "releases" / MONTH
    shutil.copytree(of_month / "v1", of_month / NOT_IN_FORCE)
    for folder in [*(of_month / NOT_IN_FORCE / "parties").iterdir(), of_month / NOT_IN_FORCE / "industry"]:
        list_files(folder, MONTH, 2)
    shutil.copytree(of_month / "v1", of_month / ".staging-v3")
    shutil.copytree(out / "releases" / MONTH_BEFORE / "v1", out / "releases" / OTHER_MONTH / "v1")
    for month, version in ((MONTH, 1), (MONTH, 2), (MONTH_BEFORE, 1), (OTHER_MONTH, 1)):
        for recipient in folders_in(out / "releases" / month / f"v{version}"):
            build_bundle(bundle_place(out, month, version, recipient))
    return out


def _rename_models(folder, names):
    """Give the first models of a folder other names, in all of its CSVs alike."""
    paths = sorted(folder.rglob("*.csv"))
    models = {
        cell
        for path in paths
        for row in csv.DictReader(path.open(encoding="utf-8", newline=""))
        for cell in (row.get("device_model"), row.get("model"))
        if cell
    }
    # Each alert file has names of its own.
    renamed = {}
    for place, model in enumerate(sorted(models)):
        renamed[model] = names[place] if place < len(names) else model
    common = {"ESME 200": names[0], "ESME 300": names[min(1, len(names) - 1)]}
    renamed |= {model: name for model, name in common.items() if model in models}
    for path in paths:
        header, *rows = read_csv(path)
        at = [place for place, name in enumerate(header) if name in ("device_model", "model")]
        if at:
            rows = [
                [renamed.get(cell, cell) if place in at else cell for place, cell in enumerate(row)]
                for row in rows
            ]
            with path.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows([header, *rows])


def _describe(folder):
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if resource["path"].startswith("alerts/IS/alert/"):
            for item in resource["schema"]["fields"]:
                if item["name"] in _COMBINES:
                    item["combines"] = _COMBINES[item["name"]]
                if item["name"] in _UNITS:
                    item["unit"] = _UNITS[item["name"]]
    path.write_text(json.dumps(package), encoding="utf-8")


@dataclass
class Answer:
    """An answer as it went out.

    Attributes:
        is_cut: the connection was closed before its end.
    """

    status: int = 0
    headers: list = field(default_factory=list)
    body: bytes = b""
    is_cut: bool = False

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def header(self, name):
        """Give a header; empty where there is none, all of them where there are several."""
        return ", ".join(value for key, value in self.headers if key == name)


class Portal:
    """The application, asked byte for byte as a server asks it; whatever is logged is kept.

    out: the output folder; changed: settings.
    """

    def __init__(self, out, **changed):
        wide = {"downloads_per_user": 100_000, "downloads_per_address": 100_000}
        wide |= {"sign_ins_per_user": 100_000, "sign_ins_per_address": 100_000}
        self.settings = settings_of(**{**wide, **changed})
        self.state = self.settings.state_folder(out)
        made = out / "portal" / "state" / "static"
        if made.is_dir() and not (self.state / "static").exists():
            # The drawing library takes seconds to make.
            shutil.copytree(made, self.state / "static")
        self.application = create(out, self.settings)
        self.logged = []
        self._loop = asyncio.Runner()
        self._cookies = {}
        self._handler = _Kept(self.logged)
        self._loggers = [logging.getLogger(name) for name in ("car", "uvicorn", "")]
        logging.getLogger("car").setLevel(logging.INFO)
        logging.getLogger("car").addHandler(self._handler)

    def close(self):
        logging.getLogger("car").removeHandler(self._handler)
        self._loop.close()

    def audit(self):
        """Give the lines of the audit log."""
        return audit_lines(self.state)

    def sign_in(self, party):
        """Give the headers with the cookie of a session: of a party, or of the Panel where it is empty."""
        if party not in self._cookies:
            page = self.ask("/sign-in")
            browser = _cookie(page)
            form = {"csrf_token": hidden(page), **({"party": party} if party else {"panel": "yes"})}
            begun = self.ask("/sign-in", "POST", {**FROM_HERE, "Cookie": browser}, form=form)
            assert begun.status == 303, begun.text
            self._cookies[party] = _cookie(begun)
        return {"Cookie": self._cookies[party]}

    def ask(self, target, method="GET", headers=(), form=None, body=b"", by=None, client=("127.0.0.1", 5)):
        """Ask for a target as it stands in the first line of a request.

        by: a party, or empty for the Panel; None: nobody.
        """
        named = {"Host": HOST, **({} if by is None else self.sign_in(by)), **dict(headers)}
        if form is not None:
            body = urlencode(form).encode()
            named = {"Content-Type": "application/x-www-form-urlencoded", **named}
        raw, _, query = (target if isinstance(target, bytes) else target.encode("latin-1")).partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            # As uvicorn makes them.
            "path": unquote(raw.decode("latin-1")),
            "raw_path": raw,
            "query_string": query,
            "root_path": "",
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()
            ],
            "client": client,
            "server": ("127.0.0.1", 8400),
            "state": {},
        }
        return self._loop.run(self._asked(scope, body))

    async def _asked(self, scope, body):
        answer, is_read = Answer(), False

        async def receive():
            nonlocal is_read
            if is_read:
                await asyncio.Event().wait()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [
                    (name.decode("latin-1").lower(), value.decode("latin-1"))
                    for name, value in message.get("headers", [])
                ]
            else:
                answer.body += message.get("body", b"")

        try:
            await asyncio.wait_for(self.application(scope, receive, send), 60)
        except AnswerCut:
            answer.is_cut = True
        return answer


def create_impatient(out, settings):
    """Make a small application whose server waits for a second for a request; a worker calls it."""
    connection.LONGEST_S = 1.0
    return create_small(out, settings)


class _Kept(logging.Handler):
    def __init__(self, into):
        super().__init__()
        self._into = into

    def emit(self, record):
        self._into.append(self.format(record))


def hidden(answer):
    """Give the hidden field of a page's form."""
    return re.search(r'name="csrf_token" value="([0-9a-f]{64})"', answer.text)[1]


def _cookie(answer):
    morsels = SimpleCookie(answer.header("set-cookie"))
    return "; ".join(f"{name}={morsel.value}" for name, morsel in morsels.items())


def texts_of(folder):
    """Give the texts in the CSVs of a folder, and the names of its files."""
    found = {path.stem for path in folder.rglob("*.csv")}
    for path in folder.rglob("*.csv"):
        found.update(cell for row in read_csv(path)[1:] for cell in row)
    return found
