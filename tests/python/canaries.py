"""A small industry in which every string tells whose it is.

Of each string the market knows who may see it: which recipient, in which role and report, and what it tells
of. In which columns that is, the published files declare. Everything else is a leak. `Market.disguised` gives
the same market with other strings wherever a *watched* party may not see them, and texts that do harm where
they are run instead of shown; to watched parties both are alike.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from published_places import Sight

Row = dict[str, Any]

MONTH = "2026-02"
START = datetime(2026, 2, 1)
LANDED = date(2026, 3, 4)
SINCE = date(2025, 1, 1)
CHANGED_HANDS_ON = date(2026, 2, 15)

# Watched: what they get must not depend on anybody else's strings.
WREN, WAXWING = "WREN-SUPPLY", "WAXWING-SUPPLY"
WRYNECK, WHIMBREL, WIGEON = "WRYNECK-NETWORK", "WHIMBREL-OTHER", "WIGEON-AGENT"
WATCHED = (WREN, WAXWING, WRYNECK, WHIMBREL, WIGEON)
# The others.
CROW, CURLEW, CHOUGH, CRAKE = "CROW-SUPPLY", "CURLEW-SUPPLY", "CHOUGH-SUPPLY", "CRAKE-SUPPLY"
COOT, CUCKOO, CHAFFINCH, CORMORANT = "COOT-NETWORK", "CUCKOO-OTHER", "CHAFFINCH-GAS", "CORMORANT-AGENT"
# Owed every report there is, and nothing happened to it.
IDLE = "IBIS-IDLE"
# Never recipients: no longer in the register, not yet, only in an older list, in none.
PAST, FUTURE, DROPPED, GHOST = "PIPIT-PAST", "FALCON-FUTURE", "DODO-DROPPED", "GHOST-UNKNOWN"

ROLES = {
    WREN: ("IS", "GS", "ES"),
    WAXWING: ("IS", "GS"),
    WRYNECK: ("ED",),
    WHIMBREL: ("OU",),
    WIGEON: ("RSA",),
    CROW: ("IS", "GS", "ES"),
    CURLEW: ("IS", "GS"),
    CHOUGH: ("IS", "GS"),
    CRAKE: ("IS",),
    COOT: ("ED",),
    CUCKOO: ("OU",),
    CHAFFINCH: ("GT",),
    CORMORANT: ("RSA",),
    IDLE: ("IS", "ES", "GS", "ED", "GT", "RSA", "OU"),
}
# Suppliers of a crowd large enough that industry figures of it are shown: over 5 groups, over 100 rows.
CROWD = (WREN, WAXWING, CROW, CURLEW, CHOUGH, CRAKE)
CROWD_SRV, CROWD_ALERT, CROWD_DAY = "2.2", "81A0", 10
CROWD_SIZE, CROWD_DEVICES = 25, 20

NAMES = ("manufacturer", "model", "firmware_version")
FREE_TEXTS = frozenset(
    {
        "alert_id",
        "corporate_group",
        "list_text",
        "party_name",
        "postcode",
        "response_code",
        "s1sp",
        "smart_metering_system_id",
        "transaction_id",
        *NAMES,
    }
)

# Text for each way to do harm, and whether it is published behind an apostrophe (docs/published.md,
# "CSV conventions"): its first character is `=`, `+`, `-`, `@`, tab, CR or LF, or one of the first four or of
# their full-width forms behind white space. {k} becomes a word that no other text has.
NASTY_TEXTS: tuple[tuple[str, bool], ...] = (
    ('=HYPERLINK("http://example.org/{k}","open")', True),
    ("+{k}+cmd|' /C calc'!A0", True),
    ("-{k}", True),
    ("@SUM({k})", True),
    ("\ttab {k}", True),
    ("\rreturn {k}", True),
    ("\nfeed {k}", True),
    ("  =1+{k}", True),
    ("\u00a0\u2003=1+{k}", True),
    ("\uff1d1+{k}", True),
    ("\u3000\uff20{k}", True),
    ("\x0b-{k}", True),
    ('quote " and "" {k}', False),
    ("'{k}'", False),
    ("'=1+{k}", False),
    ("a,b;c\td|{k}", False),
    (f"{{k}} two\nPublished {MONTH} version 99 (1 recipients, 1 CSV files): /forged", False),
    ("{k} two\r\nWarning: forged", False),
    ("{k}\rFailed: forged", False),
    ("<script>alert('{k}')</script><img src=x onerror=alert(1)>&amp;<!--", False),
    ('#read("/etc/passwd") #set page(width: 1pt) $x^2$ *{k}* _it_ `raw` @label \\', False),
    ("[{k}](javascript:alert(1)) ![](x) | ** | ## h\n\n---", False),
    ("../../../../../../../../escaped-{k}", False),
    ("/escaped-{k}", False),
    ("..\\..\\escaped-{k}", False),
    ("{{ var('reporting_month') }} {% raw %} {# {k}", False),
    ("{k}'; drop table mart_r1__devices; --", False),
    ("$(touch escaped-{k}) `touch escaped-{k}` ${HOME} %PATH%", False),
    ("{0} {role} %s %(x)s %n {k}", False),
    ("right to left \u202etxt.{k}\u200f\u2066", False),
    ("\ufeff{k}\u200b\u00ad", False),
    ("{k} \x01\x02\x07\x08\x1b[31mred\x1b]0;title\x07\x7f\x80\x9f", False),
    ("nul \x00 {k}\x00", False),
    ("{k} next\x85line\u2028and\u2029paragraph", False),
    ("# {k}", False),
    ("NULL {k}", False),
    ("{k} \U0001f4a1 e\u0301 \u00e9", False),
    ("{k} trailing ", False),
    ("{k}\\", False),
)
LONG_TEXTS: tuple[tuple[str, bool], ...] = (
    ("{k} " + "x" * 10_000, False),
    ("=" + '"\n,' * 3_333 + "{k}", True),
)
EACH_LONG_TEXT_IN = 120
INCIDENTS = ("=INC{k}", "INC\nPublished {k}", 'INC"{k}",', "../../escaped-{k}", "INC {k} \u202e")


@dataclass
class Token:
    """A string of the market.

    Attributes:
        kind: the column of a feed that it stands in.
        needle: what is searched for: the text, or the part of it that no other text has.
        shown: how a CSV shows it, with the apostrophe where it has one.
        sights: who may see it.
    """

    kind: str
    text: str
    needle: str
    shown: str
    sights: set[Sight] = field(default_factory=set)


@dataclass
class Home:
    """A Communications Hub, what hangs on it, and who is responsible for its meter points at month end."""

    number: int
    suppliers: dict[str, str]
    operator: str
    devices: dict[str, str]
    points: dict[str, str]

    def estates(self) -> list[tuple[str, str, str, str]]:
        """(party, role, Device, meter point) of docs/definitions.md, "Estates", worked example."""
        of_role = {
            "IS": (("E", "H", "D"), "mpan"),
            "GS": (("G", "F", "H", "D"), "mprn"),
            "ES": (("E",), "export"),
        }
        found = [
            (party, role, self.devices[kind], self.points[of_role[role][1]])
            for role, party in self.suppliers.items()
            for kind in of_role[role][0]
        ]
        if "E" in self.devices:
            found += [(self.operator, "ED", self.devices[kind], self.points["mpan"]) for kind in "EHD"]
        return found


class Market:
    """The industry: rows for the feeds, and of every string where it may be published."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.names_of: dict[str, dict[str, str]] = {}
        self.hub_of: dict[str, str] = {}
        self.homes: list[Home] = []
        self.estates: dict[tuple[str, str], dict[str, tuple[str, str, str]]] = defaultdict(dict)
        """(party, role): Device: meter point, Energy Supplier and DNO as devices.csv shows them."""
        self.handovers: dict[str, set[tuple[str, str]]] = defaultdict(set)
        """Network operator: Energy Supplier and day of its N16."""
        self.incident_ids: list[str] = []
        self._register()
        self._build_homes()
        self._build_crowds()
        self._build_events()
        self._build_lists()
        self._add_strangers()

    # Strings

    def token(self, kind: str, text: str, *sights: Sight) -> str:
        """Note a string and who may see it."""
        token = self.tokens.setdefault(text, Token(kind, text, text, text))
        token.sights |= set(sights)
        return text

    def numbered(self, kind: str, *sights: Sight) -> str:
        """A string of a kind, not used before."""
        number = sum(token.kind == kind for token in self.tokens.values()) + 1
        forms = {
            "device_id": f"00-DB-12-34-{number // 256:02X}-{number % 256:02X}-5A-C3",
            "mpan": f"1{number * 7919:011d}3",
            "mprn": f"4{number * 104_729:09d}",
            "srv": f"7701.{1300 + number}.1",
            "alert_code": f"N7{number:05d}",
        }
        return self.token(kind, forms.get(kind, f"{kind.replace('_', ' ')} {number:05d}"), *sights)

    def instant(self, at: datetime, *sights: Sight) -> datetime:
        """An instant, to the second, at which nothing else happens."""
        self.token("instant", at.strftime("%Y-%m-%dT%H:%M:%SZ"), *sights)
        return at

    def show(self, party: str, role: str, report: str, shows: str, *texts: str | None) -> None:
        """Allow a recipient to see strings in the columns of a report that show such ones."""
        for text in texts:
            if text in self.tokens:
                self.tokens[text].sights.add(Sight(party, role, report, shows))

    # Who there is

    def _register(self) -> None:
        for party, roles in ROLES.items():
            self.token("party_id", party)
            name, group = self.numbered("party_name"), self.numbered("corporate_group")
            for role in roles:
                self.rows["parties"].append(
                    {
                        "published_on": date(2026, 1, 20),
                        "party_id": party,
                        "role": role,
                        "party_name": name,
                        "corporate_group": group,
                    }
                )
        base = {"published_on": date(2026, 1, 20), "role": "IS"}
        self.rows["parties"] += [
            {**base, "party_id": self.token("party_id", PAST), "active_to": date(2026, 1, 31)},
            {**base, "party_id": self.token("party_id", FUTURE), "active_from": date(2026, 3, 1)},
            {**base, "party_id": self.token("party_id", DROPPED), "published_on": date(2026, 1, 1)},
        ]
        self.token("party_id", GHOST)

    # What there is

    def _build_homes(self) -> None:
        # Two suppliers under one roof, one of them watched.
        self.home(WRYNECK, IS=WREN, GS=CROW, ES=WREN)
        self.home(COOT, IS=CURLEW, GS=WREN, ES=CROW)
        # Suppliers of their own.
        self.home(WRYNECK, IS=WAXWING, GS=WAXWING)
        self.home(COOT, IS=CROW, GS=CURLEW, ES=CROW)
        self.home(COOT, IS=CHOUGH, GS=CHOUGH, is_smets1=True)
        self.home(COOT, IS=CRAKE, is_smets1=True)
        self.home(WRYNECK, IS=WREN, is_smets1=True)
        # One that WREN took over from CROW in the month, and one that CROW took over from WAXWING.
        self.gained = self.home(WRYNECK, IS=WREN, before=CROW)
        self.lost = self.home(WRYNECK, IS=CROW, before=WAXWING)
        # Enough of CROW's for every nasty text.
        for _ in range(6):
            self.home(COOT, IS=CROW, GS=CROW, ES=CROW)

    def home(
        self, operator: str, before: str | None = None, is_smets1: bool = False, **suppliers: str
    ) -> Home:
        """Add a home; before = the import supplier until it changed hands."""
        kinds = {"H": "CHF", "E": "ESME", "D": "PPMID"} | (
            {"G": "GSME", "F": "GPF"} if "GS" in suppliers else {}
        )
        devices = {kind: self.numbered("device_id") for kind in kinds}
        points = {"mpan": self.numbered("mpan")}
        if "GS" in suppliers:
            points["mprn"] = self.numbered("mprn")
        if "ES" in suppliers:
            points["export"] = self.numbered("mpan")
        home = Home(len(self.homes), suppliers, operator, devices, points)
        self.homes.append(home)
        own = {"E": ("mpan", points["mpan"]), "G": ("mpxn", points.get("mprn"))}
        for kind, device_type in kinds.items():
            self.device(
                devices[kind],
                device_type,
                devices["H"],
                is_smets1,
                mpxn=own[kind][1] if kind in own else None,
                export_mpan=points.get("export") if kind == "E" else None,
                commissioned_at=START + timedelta(days=1 + home.number, hours=9) if kind == "E" else None,
            )
        role_points = (("IS", "mpan"), ("GS", "mprn"), ("ES", "export"))
        for role, point in role_points:
            if role in suppliers:
                named = operator if role != "GS" else None
                if role == "IS" and before:
                    self.registration(points[point], role, before, SINCE, named)
                    self.registration(points[point], role, suppliers[role], CHANGED_HANDS_ON, named)
                else:
                    self.registration(points[point], role, suppliers[role], SINCE, named)
        for party, role, device, point in home.estates():
            supplier = suppliers["IS"] if role == "ED" else party
            self.in_estate(party, role, device, point, supplier, "" if role == "GS" else operator)
        return home

    def registration(self, mpxn: str, role: str, supplier: str, since: date, operator: str | None) -> None:
        self.rows["registrations"].append(
            {
                "extract_at": datetime(2026, 2, 20),
                "mpxn": mpxn,
                "role": role,
                "supplier_party_id": supplier,
                "effective_from": since,
                "network_operator_party_id": operator,
            }
        )

    def device(self, device: str, kind: str, hub: str | None, is_smets1: bool = False, **given: Any) -> None:
        """Add a Device with names, an SMI id and a postcode that no other has."""
        names = {name: self.numbered(name) for name in (*NAMES, "smart_metering_system_id", "postcode")}
        names |= {"s1sp": self.numbered("s1sp")} if is_smets1 else {"csp_region": "North"}
        row = {
            "device_id": device,
            "extract_at": datetime(2026, 1, 5),
            "effective_at": datetime(2025, 6, 1),
            "operation": "upsert",
            "device_type": kind,
            "device_status": "Commissioned",
            "smets_version": "SMETS1" if is_smets1 else "SMETS2",
            "chf_device_id": hub,
            **names,
            **given,
        }
        self.rows["device_inventory"].append(row)
        self.names_of[device] = row
        self.hub_of[device] = hub or ""

    def in_estate(self, party: str, role: str, device: str, point: str, supplier: str, operator: str) -> None:
        """Allow what the inventory files of a recipient tell of a Device of its estate."""
        row = self.names_of[device]
        self.estates[party, role][device] = (point, supplier, operator)
        own = [device, row.get("smart_metering_system_id")]
        if role != "OU":
            own.append(row.get("postcode"))
        self.show(party, role, "inventory", "own_device", *own)
        self.show(party, role, "inventory", "own_meter_point", point)
        self.show(party, role, "inventory", "energy_supplier", supplier)
        self.show(party, role, "inventory", "network_operator", operator)
        self.show(party, role, "inventory", "free_text", row.get("s1sp"), *(row[name] for name in NAMES))

    def _build_crowds(self) -> None:
        """One model that six suppliers have, one request and one alert that they all get often."""
        for party in CROWD:
            home = next(home for home in self.homes if home.suppliers.get("IS") == party)
            point = home.points["mpan"]
            for index in range(CROWD_DEVICES + 1):
                device = self.numbered("device_id")
                firmware = "1.0" if index % 8 else "2.0"  # 100 and more on 1.0: enough to be shown
                names = {
                    "manufacturer": "Common Maker",
                    "model": "Common Model",
                    "firmware_version": firmware,
                }
                names |= {"smart_metering_system_id": None, "postcode": None}
                if index == CROWD_DEVICES:
                    names["firmware_version"] = self.numbered("firmware_version")
                self.device(device, "ESME", None, mpxn=point, **names)
                self.in_estate(party, "IS", device, point, party, home.operator)
                self.in_estate(home.operator, "ED", device, point, party, home.operator)
            for index in range(CROWD_SIZE):
                at = START + timedelta(days=CROWD_DAY, minutes=index, seconds=len(party))
                given = {} if index > len(party) % 5 else {"response_code": "E21"}
                self.request(party, "IS", home, "E", CROWD_SRV, at, **given)
                self.alert([(party, "IS")], home, "E", CROWD_ALERT, at, delivered=index > len(party) % 4)
        for firmware in ("1.0", "2.0"):
            self.product("ESME", "Common Maker", "Common Model", firmware, "Current")

    # What happens

    def request(
        self, party: str, role: str, home: Home, kind: str, srv: str, at: datetime, **given: Any
    ) -> None:
        """Add a counted request of a recipient, and allow what its files tell of the Device."""
        device = home.devices[kind]
        code = given.get("response_code", "I0")
        self.rows["service_requests"].append(
            {
                "transaction_id": self.numbered("transaction_id"),
                "recorded_at": at + timedelta(hours=1),
                "srv": srv,
                "command_variant": 1,
                "mode_of_operation": 2,
                "originator_party_id": party,
                "originator_role": role,
                "device_id": device,
                "report_status_id": 2,
                "started_at": at,
                "ended_at": at + timedelta(seconds=7),
                **given,
                "response_code": code,
            }
        )
        self.show(party, role, "business_process", "free_text", srv, code, *self._names_about(device))
        if role == "OU" and code == "I0":
            point = {"E": home.points["mpan"], "G": home.points.get("mprn", "")}.get(kind, "")
            self.in_estate(party, role, device, point, "", "")

    def alert(
        self,
        recipients: list[tuple[str, str]],
        home: Home,
        kind: str,
        code: str,
        at: datetime,
        delivered: bool = True,
        **given: Any,
    ) -> str:
        """Add an alert to one or several recipients, and allow what their files tell of the Device."""
        device, alert_id = home.devices[kind], self.numbered("alert_id")
        for party, role in recipients:
            self.rows["alerts"].append(
                {
                    "alert_id": alert_id,
                    "recorded_at": at + timedelta(hours=1),
                    "alert_code": code,
                    "device_id": device,
                    "destination_party_id": party,
                    "destination_role": role,
                    "report_status_id": 7,
                    "raised_at": at,
                    "delivered_at": at + timedelta(seconds=9) if delivered else None,
                    "suppressed": False,
                    **given,
                }
            )
            names = self._names_about(device)
            self.show(party, role, "alerts", "free_text", code, given.get("response_code"), *names)
            self.show(party, role, "inventory", "free_text", code)
        return alert_id

    def _names_about(self, device: str) -> list[str]:
        """Names of a Device and of its Communications Hub."""
        rows = (self.names_of[device], self.names_of.get(self.hub_of[device], {}))
        return [row[name] for row in rows for name in NAMES if name in row]

    def _build_events(self) -> None:
        at = START + timedelta(days=4, hours=1)
        for home in self.homes:
            for role, party in home.suppliers.items():
                for kind in {"IS": "EHD", "GS": "GFH", "ES": "E"}[role]:
                    if home.devices[kind] in (self.gained.devices["E"], self.lost.devices["E"]):
                        continue  # theirs are read and heard of before they changed hands only
                    at += timedelta(minutes=13)
                    self.request(party, role, home, kind, "6.13", at)
                    reason = self.numbered("response_code")
                    self.request(party, role, home, kind, "5.3", at, response_code=reason)
                    reason = self.numbered("response_code")
                    self.alert([(party, role)], home, kind, "N12", at, False, response_code=reason)
        for number, (party, roles) in enumerate(ROLES.items()):
            # A service and an alert that nobody else uses.
            home = self.homes[number % 7]
            if party != IDLE:
                self.request(party, roles[0], home, "H", self.numbered("srv"), at)
            if roles[0] == "IS" and party != IDLE:
                self.alert([(party, "IS")], home, "H", self.numbered("alert_code"), at)
        self._build_users()
        self._build_takeovers()
        self._build_network()

    def _build_users(self) -> None:
        """Requests in the roles that have no estate by registration."""
        at = START + timedelta(days=6, hours=2)
        shared, gas_of_wren, own, of_crow, of_chough = self.homes[:5]
        for party, role, home, kind in (
            (WHIMBREL, "OU", own, "E"),
            (WHIMBREL, "OU", gas_of_wren, "G"),
            (CUCKOO, "OU", shared, "E"),
            (CUCKOO, "OU", of_crow, "G"),
            (CUCKOO, "OU", of_crow, "D"),
            (WRYNECK, "ED", shared, "E"),
            (COOT, "ED", of_crow, "E"),
            (CHAFFINCH, "GT", of_crow, "G"),
            (WIGEON, "RSA", own, "E"),
            (CORMORANT, "RSA", of_chough, "E"),
        ):
            at += timedelta(minutes=7)
            self.request(party, role, home, kind, "6.2.4", at)
            reason = self.numbered("response_code")
            self.request(party, role, home, kind, "6.2.7", at, response_code=reason)

    def _build_takeovers(self) -> None:
        """Reads and alerts before a change of supplier, which the next supplier is not told of."""
        gained, lost, day = self.gained, self.lost, timedelta(days=1)
        # A network operator has no such limit.
        to_operator = Sight(WRYNECK, "ED", "inventory", "own_device")
        self.request(CROW, "IS", gained, "H", "8.14.1", START + 4 * day)
        read_at = self.instant(datetime(2026, 2, 10, 3, 14, 15), to_operator)
        self.request(CROW, "IS", gained, "E", "4.1.1", read_at)
        self.alert([(CROW, "IS")], gained, "E", "81A1", self.instant(datetime(2026, 2, 11, 4, 15, 16)))
        self.request(WREN, "IS", gained, "E", "6.23", START + 14 * day + timedelta(hours=10))
        read_at = self.instant(datetime(2026, 2, 9, 5, 16, 17), to_operator)
        self.request(WAXWING, "IS", lost, "E", "4.1.1", read_at)
        self.alert([(WAXWING, "IS")], lost, "E", "81A1", self.instant(datetime(2026, 2, 12, 6, 17, 18)))

    def _build_network(self) -> None:
        """Alerts to network operators, of their own area and, once, of another's."""
        at = START + timedelta(days=18)
        for home in self.homes:
            at += timedelta(hours=1)
            operator, supplier = home.operator, home.suppliers["IS"]
            self.alert([(operator, "ED")], home, "E", "N13", at)
            self.alert([(operator, "ED")], home, "E", "N55", at)
            self.alert([(operator, "ED")], home, "E", "N16", at, mpxn=home.points["mpan"])
            self.handovers[operator].add((supplier, f"{at:%Y-%m-%d}"))
            self.instant(at, Sight(operator, "ED", "inventory", "own_device"))
            if home is not self.lost and home is not self.gained:
                self._outage(home, at)
        # One of each before the meter changed hands names who supplied it then.
        for home, before in ((self.gained, CROW), (self.lost, WAXWING)):
            at = START + timedelta(days=7)
            self.alert([(WRYNECK, "ED")], home, "E", "N16", at, mpxn=home.points["mpan"])
            self.handovers[WRYNECK].add((before, f"{at:%Y-%m-%d}"))
        # COOT is told of a meter in WRYNECK's area, and not who supplies it.
        shared = self.homes[0]
        at = START + timedelta(days=21)
        self.alert([(COOT, "ED")], shared, "E", "N16", at, mpxn=shared.points["mpan"])
        self.handovers[COOT].add(("Unknown", f"{at:%Y-%m-%d}"))
        for operator, named in self.handovers.items():
            suppliers = [supplier for supplier, _ in named]
            self.show(operator, "ED", "network_operator", "energy_supplier", *suppliers)
        for home in self.homes:
            names = [self.names_of[home.devices["E"]][name] for name in NAMES]
            self.show(home.operator, "ED", "network_operator", "free_text", *names)

    def _outage(self, home: Home, at: datetime) -> None:
        """An outage without a restoration; the supplier is told of it too."""
        operator, point = home.operator, home.points["mpan"]
        recipients = [(operator, "ED"), (home.suppliers["IS"], "IS")]
        alert_id = self.alert(recipients, home, "H", "AD1", at, mpxn=point)
        self.instant(at, Sight(home.suppliers["IS"], "IS", "inventory", "own_device"))
        self.instant(at, Sight(operator, "ED", "network_operator", "own_device"))
        self.show(operator, "ED", "network_operator", "own_device", alert_id, home.devices["H"])
        self.show(operator, "ED", "network_operator", "own_meter_point", point)
        if home.number % 2:
            self.rows["power_outage_timings"].append(
                {
                    "alert_id": alert_id,
                    "recorded_at": at + timedelta(hours=2),
                    "destination_party_id": operator,
                    "destination_role": "ED",
                    "event_at": at - timedelta(seconds=3),
                }
            )

    # Lists

    def product(self, device_type: str, maker: str, model: str, firmware: str, status: str) -> None:
        self.rows["central_products_list"].append(
            {
                "published_on": date(2026, 1, 25),
                "device_type": device_type,
                "manufacturer": maker,
                "model": model,
                "firmware_version": firmware,
                "status": status,
            }
        )

    def _build_lists(self) -> None:
        for home in self.homes:
            names = [self.names_of[home.devices["E"]][name] for name in NAMES]
            self.product("ESME", *names, ("Removed", "Current")[home.number % 2])
        at = START + timedelta(days=11)
        for number, text in enumerate(INCIDENTS):
            needle = f"i{number:03d}i"
            incident = text.replace("{k}", needle)
            self.incident_ids.append(incident)
            # Everybody is told on which days there were incidents.
            told = {
                Sight(party, role, "business_process", "free_text")
                for party, roles in ROLES.items()
                for role in roles
            }
            listed = {Sight(party, None, None, "free_text") for party in ROLES}
            self.tokens[incident] = Token("incident_id", incident, needle, incident, told | listed)
            self.rows["incidents"].append(
                {
                    "recorded_at": at,
                    "incident_id": incident,
                    "title": self.numbered("incident_text", *listed),
                    "category": 1 + number % 2,
                    "service": self.numbered("incident_text", *listed),
                    "resolver": self.numbered("list_text"),
                    "outage_started_at": at,
                    "outage_ended_at": at + timedelta(hours=1),
                    "related_transaction_id": self.rows["service_requests"][number]["transaction_id"],
                }
            )
        for feed, key, texts in (
            ("service_outages", "outage_id", ("component", "approved_by")),
            ("throttling_events", "event_id", ("incident_id",)),
            ("defects", "defect_id", ("title",)),
            ("performance_exceptions", "exception_id", ("measure_id", "reason", "approved_by")),
            ("provider_measures", "measure_id", ("service_provider",)),
            ("commentary", "measure_id", ("text",)),
        ):
            for _ in range(9):
                row = {name: self.numbered("list_text") for name in (key, *texts)}
                month = {"month": MONTH} if feed in ("provider_measures", "commentary") else {}
                self.rows[feed].append({"recorded_at": at, **row, **month})
        for home in self.homes:
            self.rows["firmware_distributions"].append(
                {
                    "recorded_at": at,
                    "device_id": home.devices["E"],
                    "firmware_version": self.numbered("list_text"),
                    "transaction_id": self.rows["service_requests"][-1 - home.number]["transaction_id"],
                    "requested_at": at,
                    "result": self.numbered("list_text"),
                }
            )

    def _add_strangers(self) -> None:
        """Rows of parties that are no recipients, all of which must be quarantined."""
        for party in (GHOST, PAST, FUTURE, DROPPED):
            for feed, prefix in (("service_requests", "originator"), ("alerts", "destination")):
                row = dict(self.rows[feed][0])
                kind = "transaction_id" if prefix == "originator" else "alert_id"
                row |= {kind: self.numbered(kind), f"{prefix}_party_id": party, f"{prefix}_role": "IS"}
                self.rows[feed].append(row)
        self.registration(self.numbered("mpan"), "IS", GHOST, SINCE, COOT)
        self.registration(self.numbered("mpan"), "IS", DROPPED, SINCE, COOT)

    # The same in disguise

    def disguised(self) -> tuple[dict[str, list[Row]], dict[str, Token]]:
        """The rows with other strings where no watched party may see them, and these by the old ones.

        There are also a few more rows that nobody is told of.
        """
        hidden = [
            token
            for token in self.tokens.values()
            if token.kind != "instant"
            and token.text not in (*WATCHED, IDLE, PAST, FUTURE, DROPPED, GHOST)
            and not any(sight.party in WATCHED for sight in token.sights)
        ]
        swap: dict[str, Token] = {}
        for number, token in enumerate(sorted(hidden, key=lambda token: (token.kind, token.text))):
            swap[token.text] = _disguise(token, number)
        # What watched parties see is the same in both, also to recipients that go by another name.
        for token in (*swap.values(), *(token for text, token in self.tokens.items() if text not in swap)):
            token.sights |= {
                sight._replace(party=swap[sight.party].text) for sight in token.sights if sight.party in swap
            }
        rows = {
            feed: [
                {
                    name: swap[value].text if isinstance(value, str) and value in swap else value
                    for name, value in row.items()
                }
                for row in rows
            ]
            for feed, rows in self.rows.items()
        }
        for feed, of_feed in _without_effect(rows).items():
            rows[feed] += of_feed
        return rows, swap


def _without_effect(rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Further rows of CROW that are in no figure: not counted, of another month, or of no use."""

    def of(feed: str, key: str) -> Row:
        return next(row for row in rows[feed] if row[key] == CROW)

    request, alert = of("service_requests", "originator_party_id"), of("alerts", "destination_party_id")
    device = rows["device_inventory"][-1]
    before = {"started_at": datetime(2026, 1, 7), "ended_at": datetime(2026, 1, 7, 0, 1)}
    requests = ({"report_status_id": 1}, {"command_variant": 4}, before)
    return {
        "service_requests": [
            {**request, "transaction_id": f"further {number}", **given}
            for number, given in enumerate(requests)
        ],
        "alerts": [{**alert, "alert_id": "further", "raised_at": datetime(2026, 1, 7), "delivered_at": None}],
        "device_inventory": [{**device, "extract_at": datetime(2026, 1, 4), "model": "further"}],
    }


def _disguise(token: Token, number: int) -> Token:
    """Another string of the same form; strings of a kind sort the other way round."""
    kind, old = token.kind, token.text
    if kind in FREE_TEXTS:
        turn = number % EACH_LONG_TEXT_IN
        texts, at = (LONG_TEXTS, turn) if turn < len(LONG_TEXTS) else (NASTY_TEXTS, number % len(NASTY_TEXTS))
        form, is_prefixed = texts[at]
        needle = f"k{9_999 - number:04d}k"
        text = form.replace("{k}", needle)
        return Token(kind, text, needle, "'" + text if is_prefixed else text, set(token.sights))
    if kind == "device_id":
        digits = f"{0x00DB_FFFF_FFFF_FFFF - int(old.replace('-', '')[4:], 16):016X}"
        text = "-".join(digits[at : at + 2] for at in range(0, 16, 2))
    elif kind in ("mpan", "mprn"):
        text = str(int("9" * len(old)) - int(old))
    elif kind == "srv":
        text = old.replace("7701.", "8802.")
    elif kind == "alert_code":
        text = f"N{999_999 - int(old[1:])}"
    elif kind == "party_id":
        text = f"ZOSTEROPS-{9_999 - number}"  # behind the watched, where most of the old names were before
    else:
        raise ValueError(f"no other string of the kind {kind}")
    return Token(kind, text, text, text, set(token.sights))
