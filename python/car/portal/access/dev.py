"""The dev login: a user chooses a Party. It is for this machine alone (`PortalSettings.check_serving`)."""

from collections.abc import Mapping, Sequence

from car.portal.access.user import User

PARTY_FIELD = "party"
PANEL_FIELD = "panel"


def chosen_user(form: Mapping[str, str], parties: Sequence[str]) -> User | None:
    """Give the user that a form chose; None where it chose nobody that was offered.

    Parameters:
        form: with `party`, or with `panel`, which reads the industry report alone.
        parties: that were offered.
    """
    if form.get(PANEL_FIELD):
        return User("dev panel", "", True)
    party = form.get(PARTY_FIELD, "")
    return User(f"dev {party}", party, False) if party in parties else None
