"""`car portal build`: the bundles that lack of the releases in force."""

from pathlib import Path
from typing import Any

from car.console import Reporter
from car.errors import UsageFault
from car.portal.bundle.build import Built, build_bundles
from car.release.tree import months


def build_lacking(
    out: Path, first: str, last: str | None, processes: int, reporter: Reporter
) -> dict[str, Any]:
    """Build the bundles that lack, and say what was built.

    Parameters:
        out: the output folder.
        first: month, `YYYY-MM`; empty: the first there is.
        last: month; None: the last there is.
        processes: bundles built at a time.

    Raises:
        UsageFault: no release is in force.
        CarError: a release is not what its manifests say.
    """
    in_force = {
        month.name: version
        for month in months(out)
        if (version := month.in_force()) is not None
        and first <= month.name
        and (last is None or month.name <= last)
    }
    if not in_force:
        raise UsageFault(f"No release is in force in {out}: `car status` shows what there is.")
    done = Built()
    for name, version in in_force.items():
        with reporter.step("bundles", f"Bundles of {name} version {version}") as step:
            done += build_bundles(out, name, version, processes, step)
    if done.bundles:
        share = done.size_bytes / max(done.csv_bytes, 1)
        reporter.say(
            f"{done.bundles:,} bundles built of {done.csv_bytes / 1e6:,.1f} MB of CSV:"
            f" {done.size_bytes / 1e6:,.1f} MB, {share:.0%}."
        )
    else:
        reporter.say("Every bundle is there, and fits its release.")
    return {
        "months": in_force,
        "bundles": done.bundles,
        "csv_bytes": done.csv_bytes,
        "size_bytes": done.size_bytes,
    }
