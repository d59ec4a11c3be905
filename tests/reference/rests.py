"""What is left of a whole where parts of it are withheld (docs/published.md, "Disclosure control")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction

REST_GROUPS = 3
REST_PROTECTION = Fraction(1, 2)
REST_SHARE = Fraction(5, 100)
REST_WIDTH = Fraction(5, 100)
REST_STEPS = (Fraction(5, 1000), Fraction(10, 1000), Fraction(50, 1000))


def rest_stands(volumes: Counter[str], whole: int | None = None) -> bool:
    """Whether the withheld parts of a whole may be known together.

    Parameters: volumes, the rows of the withheld parts by group; whole, the rows of the whole where rounding
    hides a small rest (None: it does not, as in the inventory).
    """
    by_size = sorted(volumes.values(), reverse=True)
    if whole is not None and sum(by_size) < REST_SHARE * whole:
        return True
    return len(by_size) >= REST_GROUPS and sum(by_size[2:]) >= REST_PROTECTION * by_size[0]


def shown_parts(
    whole: Counter[str], parts: Mapping[str, Counter[str]], released: Collection[str]
) -> set[str]:
    """The parts that stay shown beside a whole that is shown: the smallest go until the rest stands.

    Parameters: whole and parts, rows by group; what is in no part is withheld; released, the parts that pass
    the rule by themselves.
    """
    rest = Counter(whole)
    for name in released:
        rest.subtract(parts[name])
    rest = +rest
    total = sum(whole.values())
    smallest_last = sorted(released, key=lambda name: (sum(parts[name].values()), name), reverse=True)
    while smallest_last and not rest_stands(rest, total):
        rest += parts[smallest_last.pop()]
    return set(smallest_last)


def role_step(roles: Mapping[str, Counter[str]], shown: Collection[str]) -> Fraction | None:
    """The step of the roles that are shown, where the industry report would tell of the others (None: not).

    Parameters: roles, the rows of a process and SRV by group, in each role; shown, those whose share is.
    """
    rest: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for role, volumes in roles.items():
        (told if role in shown else rest).update(volumes)
    others, left = sum(told.values()), sum(rest.values())
    if not others or rest_stands(rest, others + left):
        return None
    wanted = REST_WIDTH * left / others
    return next((step for step in REST_STEPS if step >= wanted), REST_STEPS[-1])
