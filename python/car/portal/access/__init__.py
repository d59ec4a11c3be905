"""Who gets in: sign-in, sessions, forms, limits, headers and the audit log of the portal.

`Access` is what the application takes up; `docs/portal_security.md` says what each part is for.
"""

from car.portal.access.access import Access
from car.portal.access.audit import Audit
from car.portal.access.limits import Limits
from car.portal.access.problem import Problem
from car.portal.access.user import User

__all__ = ["Access", "Audit", "Limits", "Problem", "User"]
