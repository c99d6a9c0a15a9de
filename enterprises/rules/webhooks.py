"""Where messages to self-built systems may go, and when they are tried again.

A webhook makes this platform open a connection to an address somebody typed, from inside its own
network; so only names of public hosts, only HTTPS, and never an inner address.
Source: security.md threat 28; RFC 6890 (special-purpose addresses), RFC 6052, RFC 3056.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from shilian.problems import Problem

LONGEST = 500
PORTS = (443, 8443)
EVENTS = ("incoming.created", "recall.notified")
# After each failure; then the message is given up, three days after it arose.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440, 1440))
STOPPED_AFTER = timedelta(days=3)
SHORTEST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)

_HOST = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})"
)
_PLAIN = re.compile(r"[\x21-\x7e]+")
# Names that never are a stranger's public host.
_INNER_NAMES = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
_MORE_INNER = tuple(map(ipaddress.ip_network, ("192.88.99.0/24", "100.64.0.0/10", "192.0.0.0/24")))

Address = IPv4Address | IPv6Address


def check_address(url: str) -> list[Problem]:
    """What is wrong with an address as it is written; no name is looked up."""
    if not url:
        return [_problem("webhook_url_missing", "请填写接收推送的地址，以 https:// 开头。")]
    if len(url) > LONGEST or not _PLAIN.fullmatch(url) or "\\" in url or "#" in url:
        message = f"地址最长 {LONGEST} 个字，只能有英文字母、数字和符号，不能有空格、反斜线和 #。"
        return [_problem("webhook_url_malformed", message)]
    try:
        parts = urlsplit(url)
        port = 443 if parts.port is None else parts.port
    except ValueError:
        return [_problem("webhook_url_malformed", "地址写得不对，请检查主机名和端口。")]
    if parts.scheme != "https":
        return [_problem("webhook_not_https", "地址须以 https:// 开头：推送的内容要加密传送。")]
    if "@" in parts.netloc:
        return [_problem("webhook_has_password", "地址里不能写用户名和密码。")]
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or host.endswith(_INNER_NAMES):
        message = "主机须是公网域名，例如 erp.example.com；不能写 IP 地址、localhost 或内网名称。"
        return [_problem("webhook_host_not_public", message)]
    if port not in PORTS:
        return [_problem("webhook_port_refused", "端口只能是 443 或 8443。")]
    return []


def check_events(events: list[str]) -> list[Problem]:
    if events and set(events) <= set(EVENTS) and len(set(events)) == len(events):
        return []
    message = (
        "请选要推送哪些事：incoming.created（有来货）、recall.notified（有召回通知），不要重复。"
    )
    return [Problem("webhook_events_unknown", "events", message)]


def _problem(code: str, message: str) -> Problem:
    return Problem(code, "url", message)


def is_public(text: str) -> bool:
    """Whether a connection to the address leaves for the public internet, whatever it is dressed as."""
    try:
        address: Address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and (inner := _carried(address)) is not None:
        return _is_public(inner)
    return _is_public(address)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, compatible, 6to4, Teredo, NAT64."""
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    return address.teredo[1] if address.teredo is not None else None


def _is_public(address: Address) -> bool:
    is_odd = address.is_multicast or address.is_reserved or address.is_unspecified
    if is_odd or not address.is_global:
        return False
    return not any(
        address in network for network in _MORE_INNER if network.version == address.version
    )


def next_try(attempts: int, *, at: datetime) -> datetime | None:
    """When a message that failed so many times is sent again; None when it is given up."""
    return at + WAITS[attempts - 1] if attempts <= len(WAITS) else None


def rest(failing_since: datetime, *, at: datetime) -> timedelta:
    """How long an address that failed just now is left alone: the longer it has failed, the longer."""
    return min(max(at - failing_since, SHORTEST_REST), LONGEST_REST)
