"""The sections [deliver], which is the table of places, and [delivery] of the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from car.config import SECRET
from car.deliver.address import Address, read_address
from car.errors import UsageFault, one_line

TABLE: Final = "deliver"
"""The section whose keys are recipients."""
INDUSTRY_KEY: Final = "industry"
"""What the industry's report is called there."""


@dataclass(frozen=True)
class DeliverySettings:
    """How places are reached, and how patiently.

    S3 is reached as AWS's own variables and files say.

    Attributes:
        recipients_at_a_time: so many recipients are delivered to side by side.
        attempts: so often is each file tried.
        pause_s: before the second attempt; it doubles with each further one (s).
        known_hosts: file with the keys of SFTP servers, as OpenSSH has it.
        sftp_key: file with the private key; empty: those that OpenSSH uses.
        sftp_password: where there is no key.
        webdav_password: of the user that the URL names.
        sharepoint_tenant: id of the tenant whose SharePoint it is.
        sharepoint_client: id of this application there.
        sharepoint_secret: of this application there.
    """

    SECTION: ClassVar[str] = "delivery"

    recipients_at_a_time: int = 4
    attempts: int = 5
    pause_s: float = 1.0
    known_hosts: str = "~/.ssh/known_hosts"
    sftp_key: str = ""
    sftp_password: str = field(default="", metadata=SECRET)
    webdav_password: str = field(default="", metadata=SECRET)
    sharepoint_tenant: str = ""
    sharepoint_client: str = ""
    sharepoint_secret: str = field(default="", metadata=SECRET)

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant; ValueError names the key."""
        for key in ("recipients_at_a_time", "attempts"):
            if getattr(self, key) < 1:
                raise ValueError(f"`{key}` must be 1 or more.")
        if self.pause_s < 0:
            raise ValueError("`pause_s` must be 0 or more.")

    def __repr__(self) -> str:
        """Give no secret away where the settings are printed."""
        return f"DeliverySettings(attempts={self.attempts!r})"


def read_table(table: Mapping[str, Any], where: str) -> dict[str, list[Address]]:
    """Read which recipient has which places.

    Parameters:
        table: the section [deliver]: a party's id and its URL; `industry` and one URL or several.
        where: the file that it stands in, for messages.

    Raises:
        UsageFault: a value is no address, has a password in it, or one place is that of two recipients.
    """
    places: dict[str, list[Address]] = {}
    for recipient, value in table.items():
        key = f"{where}: `{one_line(recipient)}` in [{TABLE}]"
        urls = value if isinstance(value, list) and recipient == INDUSTRY_KEY else [value]
        if not all(isinstance(url, str) for url in urls):
            raise UsageFault(
                f"{key} must be the URL of a place, as a text"
                + (", or a list of such." if recipient == INDUSTRY_KEY else ".")
            )
        places[recipient] = [read_address(url, key) for url in urls]
    refuse_shared(places)
    return places


def refuse_shared(places: Mapping[str, list[Address]]) -> None:
    """Refuse that a recipient's place is another's, or lies in it: whoever reads one would read both.

    Raises:
        UsageFault: names both recipients.
    """
    # Sorted by their parts, a place stands right before those that lie in it.
    every = sorted((address.parts, recipient) for recipient, of in places.items() for address in of)
    for position, (parts, recipient) in enumerate(every):
        for other_parts, other in every[position + 1 :]:
            if other_parts[: len(parts)] != parts:
                break
            raise UsageFault(
                f"{one_line(recipient)} and {one_line(other)} would share a place, or one would lie in the"
                " other's: give each its own."
            )
