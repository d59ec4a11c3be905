"""Customer Analytics Reporting: lands, builds and publishes. Every figure is SQL in the dbt project."""


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: signals are not caught before this module is imported."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("car")
    except PackageNotFoundError:  # read from a folder, not installed
        return "0+unknown"
