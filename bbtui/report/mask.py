"""Hiding where a session ran: the ids of pods, and the hosts of its endpoints."""

from __future__ import annotations

import re
from dataclasses import replace

from bbtui.domain.session import Session
from bbtui.report.texts import change_texts

_POD = re.compile(r"\b[\w-]*…?(?:-\d+)?\.proxy\.runpod\.net\b", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)")
_URL_HOST = re.compile(r"(?<=://)(?:[^\s/@]*@)?(?P<host>\[[^\]\s]*\]|[^\s/:?#\[\]]+)")
#: Names that do not identify a place.
_OPEN = re.compile(r"localhost|127\.[\d.]+|0\.0\.0\.0|\[?::1?\]?", re.IGNORECASE)


def mask_places(session: Session) -> Session:
    """Return the session with ``host-1`` for its first host, and so on, in all that is shown.

    Prompts and answers stay as they are, and this machine is named as before.
    """
    hosts: dict[str, str] = {}
    for endpoint in session.endpoints:
        for match in _URL_HOST.finditer(endpoint.address):
            _name(match["host"], hosts)

    def mask(text: str) -> str:
        text = _URL_HOST.sub(lambda match: _name(match["host"], hosts), text)
        text = _POD.sub(lambda match: _name(match[0], hosts), text)
        text = _IPV4.sub(lambda match: _name(match[0], hosts), text)
        for host, name in hosts.items():
            # A name without a dot is a word, too, except in front of a port.
            port = "" if "." in host or ":" in host else r"(?=:\d)"
            pattern = rf"(?<![\w.-]){re.escape(host)}{port}(?![\w-]|\.\w)"
            text = re.sub(pattern, name, text, flags=re.IGNORECASE)
        return text

    endpoints = tuple(replace(one, address=mask(one.address)) for one in session.endpoints)
    return change_texts(replace(session, endpoints=endpoints), mask)


def _name(host: str, hosts: dict[str, str]) -> str:
    if _OPEN.fullmatch(host) or host in hosts.values():
        return host
    return hosts.setdefault(host.lower(), f"host-{len(hosts) + 1}")
