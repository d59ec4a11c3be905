"""`car portal sessions`: who is signed in, and the end of a user's sessions."""

from pathlib import Path
from typing import Any

from car.errors import one_line
from car.portal.access.sessions import instant
from car.portal.serve import sessions_end, sessions_in_force
from car.portal.settings import PortalSettings


def listed(out: Path, settings: PortalSettings, end: str | None) -> dict[str, Any]:
    """End a user's sessions where one is named, and list those that are left.

    Parameters:
        out: the output folder.
        end: a user, as they are listed.
    """
    ended = sessions_end(out, settings, end) if end is not None else 0
    left = [
        {
            "user": one_line(session.user.subject),
            "party_id": session.user.party_id,
            "begun_at": instant(session.begun_at),
            "seen_at": instant(session.seen_at),
        }
        for session in sessions_in_force(out, settings)
    ]
    return {"ended": ended, "sessions": left} if end is not None else {"sessions": left}


def told(content: dict[str, Any]) -> list[str]:
    """Say the same in lines."""
    ended = [f"Sessions ended: {content['ended']}."] if "ended" in content else []
    lines = [
        f"{one['user']}, of {one['party_id'] or 'the Panel'}:"
        f" signed in {one['begun_at']}, last seen {one['seen_at']}"
        for one in content["sessions"]
    ]
    return [*ended, *(lines or ["Nobody is signed in."])]
