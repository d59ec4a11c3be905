"""`car.toml` is read in one way for every section; a mistake is told with file, key and what was meant."""

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from car.config import Config, variable
from car.errors import UsageFault
from car.portal.settings import PortalSettings

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Kitchen:
    """A section with a key of each type."""

    SECTION: ClassVar[str] = "kitchen"

    oven_count: int = 1
    is_open: bool = False
    heat_share: float = 0.5
    cook: str = "nobody"
    dishes: tuple[str, ...] = ()

    def __post_init__(self):
        if self.oven_count > 9:
            raise ValueError("`oven_count` must be 9 or less.")


@dataclass(frozen=True)
class Garden:
    SECTION: ClassVar[str] = "garden"

    trees: int = 3


def read(tmp_path, text, **environment):
    path = tmp_path / "car.toml"
    path.write_text(text, encoding="utf-8")
    return Config([Kitchen, Garden], path, environment)


def test_without_a_file_there_are_the_defaults():
    config = Config([Kitchen, Garden], environment={})
    assert config.get(Kitchen) == Kitchen() and config.get(Garden) == Garden()


def test_a_file_gives_each_type(tmp_path):
    text = '[kitchen]\noven_count = 2\nis_open = true\nheat_share = 1\ncook = "A"\ndishes = ["x", "y"]\n'
    assert read(tmp_path, text).get(Kitchen) == Kitchen(2, True, 1.0, "A", ("x", "y"))


def test_the_environment_goes_before_the_file(tmp_path):
    variables = {
        "CAR_KITCHEN_OVEN_COUNT": " 4 ",
        "CAR_KITCHEN_IS_OPEN": "Yes",
        "CAR_KITCHEN_HEAT_SHARE": "0.25",
        "CAR_KITCHEN_COOK": "B",
        "CAR_KITCHEN_DISHES": "x, y,",
        "CAR_PROJECT": "of another part",
        "CAR_KITCHENS": "of another part",
    }
    config = read(tmp_path, '[kitchen]\noven_count = 2\ncook = "A"\n', **variables)
    assert config.get(Kitchen) == Kitchen(4, True, 0.25, "B", ("x", "y"))


def test_this_process_has_the_environment(monkeypatch):
    monkeypatch.setenv("CAR_GARDEN_TREES", "7")
    assert Config([Garden]).get(Garden).trees == 7


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[kitchn]\n", "car.toml: there is no section [kitchn]. Did you mean `kitchen`?"),
        ("[zzz]\n", "car.toml: there is no section [zzz]. There are: garden, kitchen."),
        ("kitchen = 1\n", "car.toml: `kitchen` must be a section: write [kitchen] above its keys."),
        (
            "[kitchen]\noven_cuont = 1\n",
            "car.toml: `oven_cuont` in [kitchen] is no key. Did you mean `oven_count`?",
        ),
        ("[garden]\nx = 1\n", "car.toml: `x` in [garden] is no key. There are: trees."),
        ('[kitchen]\noven_count = "2"\n', "car.toml: `oven_count` in [kitchen] must be a whole number."),
        ("[kitchen]\noven_count = true\n", "car.toml: `oven_count` in [kitchen] must be a whole number."),
        ("[kitchen]\noven_count = 2.0\n", "car.toml: `oven_count` in [kitchen] must be a whole number."),
        ("[kitchen]\nis_open = 1\n", "car.toml: `is_open` in [kitchen] must be true or false."),
        ('[kitchen]\nheat_share = "1"\n', "car.toml: `heat_share` in [kitchen] must be a number."),
        ("[kitchen]\ncook = 1\n", "car.toml: `cook` in [kitchen] must be a text."),
        ('[kitchen]\ndishes = "x"\n', "car.toml: `dishes` in [kitchen] must be a list of texts."),
        ("[kitchen]\ndishes = [1]\n", "car.toml: `dishes` in [kitchen] must be a list of texts."),
        ("[kitchen]\noven_count = 10\n", "car.toml: [kitchen] `oven_count` must be 9 or less."),
        ("[kitchen\n", "car.toml is not TOML: "),
        ("[kitchen]\ncook = 'A'\ncook = 'B'\n", "car.toml is not TOML: "),
    ],
)
def test_a_mistake_in_the_file_is_told(tmp_path, text, said):
    with pytest.raises(UsageFault) as fault:
        read(tmp_path, text)
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "CAR_KITCHEN_OVEN_CUONT",
            "1",
            "variable CAR_KITCHEN_OVEN_CUONT is no key. Did you mean `CAR_KITCHEN_OVEN_COUNT`?",
        ),
        ("CAR_KITCHEN_OVEN_COUNT", "many", "variable CAR_KITCHEN_OVEN_COUNT must be a whole number."),
        ("CAR_KITCHEN_OVEN_COUNT", "", "variable CAR_KITCHEN_OVEN_COUNT must be a whole number."),
        ("CAR_KITCHEN_IS_OPEN", "perhaps", "variable CAR_KITCHEN_IS_OPEN must be true or false."),
        ("CAR_KITCHEN_HEAT_SHARE", "half", "variable CAR_KITCHEN_HEAT_SHARE must be a number."),
        ("CAR_KITCHEN_OVEN_COUNT", "10", "The configuration: [kitchen] `oven_count` must be 9 or less."),
    ],
)
def test_a_mistake_in_the_environment_is_told_without_its_value(tmp_path, name, value, said):
    with pytest.raises(UsageFault) as fault:
        read(tmp_path, "", **{name: value})
    assert said in str(fault.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(UsageFault, match=r"none\.toml cannot be read: No such file"):
        Config([Kitchen], tmp_path / "none.toml", {})
    (tmp_path / "car.toml").write_bytes(b"cook = '\xff'")
    with pytest.raises(UsageFault, match="not a UTF-8 text"):
        Config([Kitchen], tmp_path / "car.toml", {})


# The portal's section


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"bind": "8400"}, "`bind` must be"),
        ({"bind": "::1:8400"}, "`bind` must be"),
        ({"bind": "127.0.0.1:65536"}, "`bind` must be"),
        ({"bind": ":8400"}, "`bind` must be"),
        ({"workers": 0}, "`workers` must be 1 or more"),
        ({"idle_minutes": -1}, "`idle_minutes` must be 1 or more"),
        ({"public_url": "portal.example"}, "`public_url` must be a URL"),
        ({"public_url": "http://portal.example"}, "`public_url` must be a URL"),
        ({"public_url": "https://portal.example/car"}, "`public_url` must have no path"),
        ({"public_url": "https://a@portal.example"}, "`public_url` must be a URL"),
        ({"issuer": "http://issuer.example", "client_id": "a"}, "`issuer` must be a URL"),
        ({"issuer": "https://issuer.example:x", "client_id": "a"}, "`issuer` must be a URL"),
        ({"issuer": "https://issuer.example"}, "belong together"),
        ({"client_id": "a"}, "belong together"),
        ({"issuer": "https://issuer.example", "client_id": "a"}, "`client_secret` is missing"),
        ({"scope": "profile"}, "`scope` must have `openid`"),
        ({"trusted_proxies": ("proxy",)}, "`trusted_proxies`: proxy is no address"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(values, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        PortalSettings(**values)


def test_a_secret_is_nowhere_printed():
    settings = PortalSettings(issuer="https://issuer.example", client_id="a", client_secret="hush")
    assert "hush" not in repr(settings) + str(settings)
    with pytest.raises(UsageFault) as fault:
        Config(
            [PortalSettings], environment={"CAR_PORTAL_CLIENT_SECRET": "hush", "CAR_PORTAL_CLIENT_ID": "a"}
        )
    assert "hush" not in str(fault.value)


def test_the_document_lists_every_key_with_its_default():
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", (ROOT / "docs/portal.md").read_text("utf-8"), re.M
    )
    listed = {key: default for key, default, _ in rows}
    declared = {field.name: _written(field.default) for field in dataclasses.fields(PortalSettings)}
    assert listed == declared
    assert list(listed) == list(declared)


def test_the_class_describes_every_key():
    described = re.findall(r"^        (\w+): ", PortalSettings.__doc__, re.M)
    assert described == [field.name for field in dataclasses.fields(PortalSettings)]


def test_every_key_has_its_variable():
    assert variable(PortalSettings, "client_secret") == "CAR_PORTAL_CLIENT_SECRET"


def _written(default):
    """A default as TOML has it."""
    if default in ("", ()):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
