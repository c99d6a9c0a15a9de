"""Templates: each is used, each speaks Chinese, none carries a script, a style or a handler."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, sources, templates

LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
# Names of file formats, standards and marks that a Chinese reader meets in this spelling.
KNOWN = {
    "excel", "xls", "xlsx", "csv", "zip", "pdf", "jpg", "jpeg", "png", "webp", "gtin", "gb", "http", "https",
    "app", "sms", "api", "wifi", "utf", "word", "wps", "ocr", "gs1", "sscc", "epcis", "ctrl", "gln",
}  # fmt: skip
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->", re.DOTALL)
CLASS_BLOCK = re.compile(r"\{% block body_class %\}.*?\{% endblock %\}", re.DOTALL)
SILENT = re.compile(r"<(script|style|svg|title hidden)\b.*?</\1>|<!doctype[^>]*>", re.DOTALL | re.I)
SPOKEN_ATTRIBUTE = re.compile(r"\b(?:alt|title|placeholder|aria-label|data-label)=\"([^\"]*)\"")
MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
TEMPLATE_CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


def _name(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


@cache
def _all_references() -> str:
    python = [path.read_text(encoding="utf-8") for path in sources()]
    markup = [path.read_text(encoding="utf-8") for path in templates()]
    return "\n".join(python + markup)


def _is_used(name: str) -> bool:
    # Articles are chosen by the slug in the address; their folder is named in the view.
    folder = name.rsplit("/", 1)[0]
    text = _all_references()
    return name in text or f'f"{folder}/{{' in text


def test_every_template_is_used() -> None:
    assert [name for name in map(_name, templates()) if not _is_used(name)] == []


@pytest.mark.parametrize("path", templates(), ids=_name)
def test_a_template_speaks_chinese(path: Path) -> None:
    text = CLASS_BLOCK.sub(" ", COMMENT.sub(" ", path.read_text(encoding="utf-8")))
    text = SILENT.sub(" ", text)
    spoken = [TEMPLATE_CODE.sub(" ", found) for found in SPOKEN_ATTRIBUTE.findall(text)]

    words = LATIN_WORD.findall(MARKUP.sub(" ", text)) + LATIN_WORD.findall(" ".join(spoken))

    assert [word for word in words if word.lower() not in KNOWN] == []


@pytest.mark.parametrize("path", templates(), ids=_name)
def test_a_template_has_no_inline_script_or_style(path: Path) -> None:
    text = COMMENT.sub(" ", path.read_text(encoding="utf-8"))

    assert re.findall(r"<style\b", text) == []
    assert re.findall(r"\sstyle=\"", text) == []
    assert re.findall(r"\son[a-z]+=\"", text) == []
    assert "javascript:" not in text
    scripts = re.findall(r"<script\b([^>]*)>", text)
    assert [tag for tag in scripts if "src=" not in tag and "application/json" not in tag] == []


@pytest.mark.parametrize("path", templates(), ids=_name)
def test_a_form_that_posts_carries_its_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL)

    assert [form[:80] for form in forms if "csrf" not in form] == []
