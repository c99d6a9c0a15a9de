"""The pieces every page is built from. ``{% load ui %}`` makes them available.

Block tags (they wrap content) end with ``end…``: page_header, card, badge, notice, data_table.
All other tags stand alone. The templates are in ``templates/components/``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString

from shilian.web import controls, figures, formats, help_articles, masking
from shilian.web.pagination import KeysetPage

register = template.Library()

register.filter("quantity", formats.quantity)
register.filter("percent", formats.percent)
register.filter("ratio", formats.ratio)
register.filter("change", formats.change)
register.filter("change_pp", formats.change_pp)
register.filter("day", formats.day)
register.filter("month_cn", formats.month_cn)
register.filter("moment", formats.moment)


@register.filter
def masked_phone(value: str | None) -> str:
    """``138****5678``; "—" when there is none."""
    return masking.mask_phone(value) if value else formats.NO_DATA


@register.filter
def masked_name(value: str | None) -> str:
    """``张**``; "—" when there is none."""
    return masking.mask_name(value) if value else formats.NO_DATA


@register.simple_tag
def demonstration_notice() -> SafeString:
    """The line that says the data are made up; nothing on an installation without them."""
    if not (settings.LOAD_DEMO and settings.EMBEDDED_POSTGRES):
        return SafeString("")
    # A landmark of its own, so that readers with aids come past it or skip it as a whole.
    text = "演示系统：单位、人员和数据均为编造"
    return format_html('<aside class="sl-demo" aria-label="演示说明">{}</aside>', text)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A drawing from ``static/img/icons.svg``; without ``label`` it is decoration."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="sl-icon{}" {} focusable="false"><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        SafeString(spoken),
        static("img/icons.svg"),
        name,
    )


@register.simple_block_tag
def page_header(content: str, title: str, pre: str = "") -> SafeString:
    """The one ``h1`` of a page, a line above it, and the wrapped buttons at its right.

    ``{% page_header title="全省上链应用情况" pre="2026年10月" %}<a class="btn">…</a>{% endpage_header %}``
    """
    above = format_html('<p class="sl-pretitle">{}</p>', pre) if pre else ""
    actions = (
        format_html('<div class="sl-actions">{}</div>', SafeString(content))
        if content.strip()
        else ""
    )
    return format_html(
        '<div class="sl-page-header"><div>{}<h1>{}</h1></div>{}</div>', above, title, actions
    )


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    step: int | str = "",
    note: str = "",
    flush: bool = False,
    anchor: str = "",
) -> SafeString:
    """A white panel. ``step`` numbers the question it asks; ``flush`` lets a table touch its edges.

    ``{% card title="从谁那儿进的货？" step=1 %}…{% endcard %}``
    """
    number = format_html('<span class="sl-step">{}</span>', step) if step else ""
    aside = format_html('<span class="sl-muted sl-small">{}</span>', note) if note else ""
    head = (
        format_html('<div class="sl-card-head"><h2>{}{}</h2>{}</div>', number, title, aside)
        if title
        else ""
    )
    return format_html(
        '<section class="card"{}>{}<div class="sl-card-body{}">{}</div></section>',
        format_html(' id="{}"', anchor) if anchor else "",
        head,
        " sl-card-flush" if flush else "",
        SafeString(content),
    )


BADGE_ICONS = {
    "good": "check",
    "warn": "alert-triangle",
    "bad": "circle-x",
    "info": "info-circle",
    "brand": "",
    "plain": "",
}


@register.simple_block_tag
def badge(content: str, tone: str = "plain") -> SafeString:
    """A short state in words. Tones: good, warn, bad, info (each with its sign), brand, plain.

    ``{% badge "good" %}许可有效{% endbadge %}``
    """
    sign = BADGE_ICONS[tone]
    return format_html(
        '<span class="sl-badge sl-badge-{}">{}{}</span>',
        tone,
        icon(sign) if sign else "",
        SafeString(content.strip()),
    )


NOTICE_TONES = {
    "success": ("good", "circle-check"),
    "good": ("good", "circle-check"),
    "warning": ("warn", "alert-triangle"),
    "warn": ("warn", "alert-triangle"),
    "error": ("bad", "circle-x"),
    "bad": ("bad", "circle-x"),
}


@register.simple_block_tag
def notice(content: str, tone: str = "info") -> SafeString:
    """A sentence or two that must be read, across the page. Tones: info, good, warn, bad.

    Also takes the level tags of ``django.contrib.messages``.
    """
    name, sign = NOTICE_TONES.get(tone, ("info", "info-circle"))
    return format_html(
        '<div class="sl-notice sl-notice-{}" role="{}">{}<div>{}</div></div>',
        name,
        "alert" if name == "bad" else "status",
        icon(sign),
        SafeString(content),
    )


@register.simple_block_tag
def data_table(
    content: str, caption: str = "", cards: bool = True, dense: bool = False, key: str = ""
) -> SafeString:
    """A table around the wrapped thead and tbody; on a phone each row becomes a card.

    Give each ``td`` a ``data-label`` (its column's name), numbers class ``num``, and the cell that
    names the row ``<th scope="row">`` or class ``sl-cell-title``. ``cards=False`` scrolls instead.
    """
    names = (
        ["sl-table"]
        + ["sl-table-cards" if cards else "sl-table-scroll"]
        + ["sl-table-dense"] * dense
    )
    return format_html(
        '<div class="sl-table-wrap"><table class="{}"{}>{}{}</table></div>',
        " ".join(names),
        format_html(' id="{}"', key) if key else "",
        format_html("<caption>{}</caption>", caption) if caption else "",
        SafeString(content),
    )


@register.inclusion_tag("components/figure.html")
def figure(
    label: str,
    value: Any,
    unit: str = "",
    change: Any = None,
    target: Any = None,
    note: str = "",
    href: str = "",
    good_when: str = "up",
) -> dict[str, Any]:
    """One figure with its change against last month in words, and its target.

    ``value`` None prints "—". With unit "%" value, change and target are per cent (0–100), one
    decimal is shown and a bar is drawn. ``good_when`` says which direction is welcome: up or down.
    """
    told = figures.described(value, unit, change, target, good_when)
    return {**told, "label": label, "unit": unit, "note": note, "href": href}


@register.inclusion_tag("components/empty_state.html")
def empty_state(
    title: str, text: str = "", href: str = "", action: str = "", icon_name: str = "file-text"
) -> dict[str, Any]:
    """What a list shows when it is empty, and the one thing to do about it."""
    return {"title": title, "text": text, "href": href, "action": action, "icon_name": icon_name}


@register.inclusion_tag("components/field.html")
def form_field(
    field: BoundField,
    basis: str = "",
    unit: str = "",
    label: str = "",
    mark_optional: bool = True,
    mark: str = "选填",
) -> dict[str, Any]:
    """A labelled field with help, errors and, from ``basis``, why the law asks for it.

    A field whose form has ``basis_for(name)`` fetches its basis there. ``mark`` stands beside the
    label of a field that may be left empty.
    """
    told = controls.described(field, basis)
    said = {"label": label or field.label, "unit": unit}
    return {**told, **said, "mark_optional": mark_optional, "mark": mark}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm, heading: str = "") -> dict[str, Any]:
    """Every fault of a form, each a link to its field; nothing when there is none.

    ``heading`` is for forms that save nothing, such as signing in.
    """
    return {"entries": controls.faults(form), "heading": heading}


@register.inclusion_tag("components/filters.html", takes_context=True)
def filters(
    context: Context, form: BaseForm, export_url: str = "", action: str = "查询"
) -> dict[str, Any]:
    """A GET form of filters; with ``export_url`` a button that exports what is filtered."""
    request: HttpRequest = context["request"]
    asked = {k: v for k, v in request.GET.items() if v and k != "cursor"}
    query = urlencode(asked)
    return {
        "form": form,
        "action": action,
        "path": request.path,
        "is_filtered": bool(asked),
        "export_url": f"{export_url}?{query}" if export_url and query else export_url,
    }


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(
    context: Context, page: KeysetPage[Any], newer: str = "较新的", older: str = "较早的"
) -> dict[str, Any]:
    """The way to the neighbouring pages of a ``KeysetPage``, filters kept."""
    request: HttpRequest = context["request"]
    return {
        "newer": newer,
        "older": older,
        "newer_url": _with_cursor(request, page.newer),
        "older_url": _with_cursor(request, page.older),
    }


def _with_cursor(request: HttpRequest, cursor: str) -> str:
    if not cursor:
        return ""
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"


@register.inclusion_tag("components/help_hint.html")
def help_hint(slug: str) -> dict[str, Any]:
    """Help in its place: a folded question, its short answer, a link to the whole article."""
    return {"article": help_articles.article(slug), "url": reverse("help_article", args=[slug])}


@register.inclusion_tag("components/masked.html", takes_context=True)
def masked(context: Context, kind: str, value: str | None, url: str = "") -> dict[str, Any]:
    """A masked value; with ``url`` a button that POSTs there and is answered with the full value.

    Kinds: phone, name, identity, licence. The view behind ``url`` writes the log and answers an
    htmx request with the bare text, any other with a page.
    """
    shown = masking.MASKS[kind](value) if value else formats.NO_DATA
    request: HttpRequest | None = context.get("request")
    return {
        "shown": shown,
        "url": url,
        "has_more": bool(value) and shown != value,
        "csrf_token": get_token(request) if request and url and value else "",
    }


@register.inclusion_tag("components/tab.html", takes_context=True)
def tab(
    context: Context, name: str, label: str, url: str, icon_name: str = "", count: int = 0
) -> dict[str, Any]:
    """One entry of the operator's bottom bar; marked when context ``current_tab`` equals ``name``."""
    return {
        "label": label,
        "url": url,
        "icon_name": icon_name or name,
        "count": count,
        "is_current": context.get("current_tab") == name,
    }


@register.inclusion_tag("components/chart.html")
def chart(key: str, spec: dict[str, Any], title: str = "", note: str = "") -> dict[str, Any]:
    """A line or bar chart; put the same numbers in a table beside it.

    ``spec``: kind ("line" | "bar"), categories, series [{name, values}], unit, target, max.
    The page's ``scripts`` block includes ``components/chart_scripts.html``.
    """
    return _drawing("chart", key, spec, title, note)


@register.inclusion_tag("components/chart.html")
def division_map(key: str, spec: dict[str, Any], title: str = "", note: str = "") -> dict[str, Any]:
    """A map of divisions coloured by a figure, joined on adcode; labelled 示意图.

    ``spec``: level ("cities" or a city's adcode), label, unit, values [{adcode, name, value, url}].
    """
    level = str(spec["level"])
    path = "maps/cities.json" if level == "cities" else f"maps/counties-{level}.json"
    return _drawing("map", key, {**spec, "map": static(path)}, title, note or "行政区划示意图")


def _drawing(kind: str, key: str, spec: dict[str, Any], title: str, note: str) -> dict[str, Any]:
    data = json_script(spec, f"{key}-data")
    return {"kind": kind, "key": key, "data": data, "title": title, "note": note}
