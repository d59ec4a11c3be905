"""Customer Analytics Reporting: lands, builds and publishes. Every figure is SQL in the dbt project."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("car")
except PackageNotFoundError:  # read from a folder, not installed
    __version__ = "0+unknown"
