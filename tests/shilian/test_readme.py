"""The README's settings table is the code's own list."""

import re
from pathlib import Path

from django.core.management import get_commands

from shilian import env

README = Path(__file__).resolve().parents[2] / "README.md"
ROW = re.compile(r"^\| `(\w+)` \| (?:`(.*?)`|—) \| (.+?) \|$")


def test_the_settings_table_lists_every_variable_with_its_default_and_meaning():
    table = README.read_text(encoding="utf-8").split("<!-- settings -->")[1]
    written = [match.groups() for match in map(ROW.match, table.splitlines()) if match]

    known = [(each.name, each.default or None, each.meaning) for each in env.REGISTRY.values()]
    assert written == known


def test_every_command_of_the_readme_is_there():
    named = set(re.findall(r"manage\.py (\w+)", README.read_text(encoding="utf-8")))

    assert "deploy" in named
    assert named - set(get_commands()) == set()


def test_every_picture_of_the_readme_is_there():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))

    assert pictures
    assert [name for name in pictures if not (README.parent / name).is_file()] == []
