"""Who may import whom: each package of `car` says in its docstring what it may import."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CAR = Path(__file__).parents[2] / "python" / "car"
PACKAGES = sorted(path.parent.name for path in CAR.glob("*/__init__.py"))
ANYTHING = "May import: anything"


def imported(path: Path) -> Iterator[str]:
    """Modules of `car` that a file imports, wherever in the file; relative imports too."""
    package = ["car", *path.relative_to(CAR).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "car")
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            if module.split(".")[0] == "car":
                yield from (f"{module}.{alias.name}" for alias in node.names)


def package_of(module: str) -> str | None:
    """The package that a module lies in; None at the top of `car`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in PACKAGES else None


def may_import(package: str) -> set[str]:
    """The packages that the docstring of a package names behind `May import`, and itself."""
    said = ast.get_docstring(ast.parse((CAR / package / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert "May import:" in said, f"python/car/{package}/__init__.py says not what it `May import:`"
    if ANYTHING in said:
        return set(PACKAGES)
    return {package, *re.findall(r"`car\.(\w+)`", said.partition("May import:")[2])}


def strangers(package: str) -> list[str]:
    """Imports of a package that its docstring does not allow."""
    allowed = may_import(package)
    return [
        f"{path.relative_to(CAR)} imports {module}"
        for path in sorted((CAR / package).rglob("*.py"))
        for module in imported(path)
        if package_of(module) not in (None, *allowed)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_what_it_says(package):
    assert strangers(package) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_in_few_lines_what_it_is_for(package):
    said = ast.get_docstring(ast.parse((CAR / package / "__init__.py").read_text(encoding="utf-8")))
    assert said and 3 <= len(said.splitlines()) <= 8


def test_what_all_use_imports_no_package():
    """The modules at the top that packages use hang on none; the others are the commands."""
    commands = {"__main__", "cli", "month"}
    used = {
        module.split(".")[1]
        for package in PACKAGES
        if ANYTHING not in (CAR / package / "__init__.py").read_text(encoding="utf-8")
        for path in (CAR / package).rglob("*.py")
        for module in imported(path)
        if package_of(module) is None
    }
    assert not used & commands, f"packages import commands: {sorted(used & commands)}"
    for name in sorted(used):
        path = CAR / f"{name}.py"
        if path.is_file():
            assert [module for module in imported(path) if package_of(module)] == [], name


def test_no_two_packages_import_each_other():
    allowed = {package: may_import(package) - {package} for package in PACKAGES}
    both = [(one, other) for one in PACKAGES for other in allowed[one] if one in allowed[other]]
    assert both == []
