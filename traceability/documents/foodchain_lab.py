"""The network of a common source in the two forms that FoodChain-Lab opens.

Source: the app's exchange format 1.0.0 (JSON: ``data.stations``, ``data.deliveries``,
``data.deliveryRelations``, ``tracing``) and its all-in-one template (.xlsx: Stations, Deliveries,
Deliveries2Deliveries). The names of sheets, columns and keys are the app's, misspellings included.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from traceability.queries.source_network import Delivery, Network, Station

VERSION = "1.0.0"
COUNTRY = "中国"

_STATION_COLUMNS = {
    "ID": "string",
    "Name": "string",
    "Address": "string",
    "Country": "string",
    "type of business": "string",
}
_DELIVERY_COLUMNS = {
    "ID": "string",
    "Name": "string",
    "from": "string",
    "to": "string",
    "Lot ID": "string",
    "Lot Number": "string",
    "Date Delivery Arrival": "string",
    "Amount": "string",
}

Heading = str | tuple[str, tuple[str, ...]]
_DAY, _AMOUNT = ("Day", "Month", "Year"), ("Quantity", "Type / Unit")
_ADDED = "Additional Fields ->"
STATION_HEADINGS: tuple[Heading, ...] = (
    "Company_ID",
    "Name",
    "Street",
    "Street Number",
    "Postal Code",
    "City",
    "District",
    "State",
    "Country",
    "Type of business",
    _ADDED,
    "Weight",
)
DELIVERY_HEADINGS: tuple[Heading, ...] = (
    "DeliveryID",
    "Station",
    "Product Name",
    "Lot Number",
    ("Lot size", _AMOUNT),
    ("Delivery Date Departure", _DAY),
    ("Delivery Date Arrival", _DAY),
    ("Unit weigt/vol./pck.", _AMOUNT),
    "Recipient",
    _ADDED,
    "Production date",
    "Best before date",
)
RELATION_HEADINGS: tuple[Heading, ...] = ("From DeliveryID", "Into DeliveryID")


def write_json(network: Network) -> bytes:
    """The exchange file: the tables, and the findings' weights as outbreak stations."""
    written = {
        "version": VERSION,
        "data": {
            "version": VERSION,
            "stations": _table(_STATION_COLUMNS, map(_station, network.stations)),
            "deliveries": _table(_DELIVERY_COLUMNS, map(_delivery, network.deliveries)),
            "deliveryRelations": _table(
                {"from": "string", "to": "string"},
                ({"from": before, "to": after} for before, after in network.relations),
            ),
        },
        "tracing": {
            "version": VERSION,
            "nodes": [_tracing(each) for each in network.stations],
            "deliveries": [_neutral(each.id) for each in network.deliveries],
        },
    }
    return json.dumps(written, ensure_ascii=False).encode()


def _table(columns: dict[str, str], rows: Iterable[dict[str, str]]) -> dict[str, Any]:
    """A table of the format; what is empty is left out, because the app reads no null."""
    return {
        "columnProperties": [{"id": name, "type": kind} for name, kind in columns.items()],
        "data": [
            [{"id": key, "value": value} for key, value in row.items() if value] for row in rows
        ],
    }


def _station(station: Station) -> dict[str, str]:
    return {
        "ID": station.id,
        "Name": station.name,
        "Address": f"{station.city}{station.county}",
        "Country": COUNTRY,
        "type of business": station.business,
    }


def _delivery(delivery: Delivery) -> dict[str, str]:
    return {
        "ID": delivery.id,
        "Name": delivery.goods,
        "from": delivery.source,
        "to": delivery.target,
        "Lot ID": delivery.lot_id,
        "Lot Number": delivery.lot_number,
        "Date Delivery Arrival": str(delivery.arrived_on or ""),
        "Amount": f"{_plain(delivery.quantity)} {delivery.unit}",
    }


def _tracing(station: Station) -> dict[str, Any]:
    return _neutral(station.id) | {
        "weight": station.weight,
        "crossContamination": station.is_crossed,
        "killContamination": station.is_cleared,
    }


def _neutral(id_: str) -> dict[str, Any]:
    return {
        "id": id_,
        "weight": 0.0,
        "crossContamination": False,
        "killContamination": False,
        "observed": False,
    }


def write_xlsx(network: Network, stream: IO[bytes], mark: str) -> None:
    """The all-in-one template, filled; ``mark`` says in the file's properties who took it out."""
    book = Workbook(stream)
    book.set_properties({"comments": mark})
    names = _distinct([(each.name, each.city) for each in network.stations])
    _write(
        book.add_worksheet("Stations"),
        STATION_HEADINGS,
        [_station_row(each, name) for each, name in zip(network.stations, names, strict=True)],
    )
    lots = _distinct([(each.lot_number, _key(each)) for each in network.deliveries])
    _write(
        book.add_worksheet("Deliveries"),
        DELIVERY_HEADINGS,
        [_delivery_row(each, lot) for each, lot in zip(network.deliveries, lots, strict=True)],
    )
    _write(book.add_worksheet("Deliveries2Deliveries"), RELATION_HEADINGS, network.relations)
    book.close()


def _distinct(named: Sequence[tuple[str, object]]) -> list[str]:
    """The names, numbered where several of one place are alike: the app drops rows that look alike."""
    met: Counter[tuple[str, object]] = Counter()
    found = []
    for pair in named:
        met[pair] += 1
        found.append(pair[0] if met[pair] == 1 else f"{pair[0]}（{met[pair]}）")
    return found


def _key(delivery: Delivery) -> tuple[object, ...]:
    """What the app tells two deliveries of a lot apart by."""
    amount = (delivery.quantity, delivery.unit)
    return delivery.source, delivery.target, delivery.goods, delivery.arrived_on, amount


def _station_row(station: Station, name: str) -> list[Any]:
    address = ["", "", "", station.city, station.county, "", COUNTRY]
    return [station.id, name, *address, station.business, "", station.weight]


def _delivery_row(delivery: Delivery, lot: str) -> list[Any]:
    return [
        delivery.id,
        delivery.source,
        delivery.goods,
        lot,
        delivery.lot_quantity,
        delivery.unit,
        *_day(None),
        *_day(delivery.arrived_on),
        delivery.quantity,
        delivery.unit,
        delivery.target,
        "",
        str(delivery.produced_on or ""),
        str(delivery.expires_on or ""),
    ]


def _day(day: date | None) -> list[int | None]:
    return [day.day, day.month, day.year] if day else [None, None, None]


def _write(sheet: Worksheet, headings: Sequence[Heading], rows: Iterable[Sequence[Any]]) -> None:
    first_row = _write_headings(sheet, headings)
    sheet.freeze_panes(first_row, 0)
    for number, row in enumerate(rows, start=first_row):
        for column, value in enumerate(row):
            if isinstance(value, int | float | Decimal):
                sheet.write_number(number, column, float(value))
            elif value:
                sheet.write_string(number, column, value)


def _write_headings(sheet: Worksheet, headings: Sequence[Heading]) -> int:
    """Write the headings, parts of one below it, and return the row on which the table begins."""
    column = 0
    for heading in headings:
        if isinstance(heading, str):
            sheet.write_string(0, column, heading)
            column += 1
            continue
        title, parts = heading
        sheet.merge_range(0, column, 0, column + len(parts) - 1, title)
        for part in parts:
            sheet.write_string(1, column, part)
            column += 1
    sheet.set_column(0, column, 16)
    return 2 if any(isinstance(heading, tuple) for heading in headings) else 1


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
