"""Addresses of endpoints: parsed as Ollama parses OLLAMA_HOST, masked for display, compared."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

OLLAMA_PORT = 11434

#: Every address that means "this computer" is this one machine.
THIS_MACHINE = "this machine"

#: The domain of every pod's proxy; the pod's id is in front of it.
POD_PROXY = ".proxy.runpod.net"
_NAME = re.compile(r"(?!-)[\w-]{1,63}(?<!-)(?:\.(?!-)[\w-]{1,63}(?<!-))*\.?")
#: A part of a path that every server of its kind has.
_PLAIN_PART = re.compile(r"|api|openai|v\d(?:beta)?", re.IGNORECASE)
#: The calls of both APIs at the end of a pasted URL.
_CALL = re.compile(r"/chat/completions$|/api/(?:chat|generate|tags|ps|show|version)$")
_VERSIONED_CALL = re.compile(
    r"(/v\d\w*(?:/openai)?)/(?:completions|models|responses|embeddings|messages)$"
)
_LOCAL_SUFFIXES = (".local", ".internal", ".lan", ".home", ".home.arpa")


def base_url(text: str) -> str:
    """Return the base URL of an address, without a trailing slash and without an API call.

    Every form of Ollama's own OLLAMA_HOST is accepted: empty, a host, ``:port``, ``host:port``, an
    IPv6 address with or without brackets, quotes and blanks around any of it. Without a scheme the
    port is 11434 unless given, and an invalid one becomes 11434; with a scheme it is 80 or 443.
    ``0.0.0.0`` is an address to listen on and becomes 127.0.0.1. A pod's proxy
    (``*.proxy.runpod.net``) supports only https.

    Raise ValueError, with one sentence for the user, if it is no URL.
    """
    text = _bare(text)
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _from_shorthand(text)
    if scheme.lower() not in ("http", "https"):
        raise ValueError(f"{_quoted(text)} does not start with http:// or https://")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(f"{_quoted(text)} is not a URL: invalid host or port") from None
    if parts.query or parts.fragment or "?" in rest or "#" in rest:
        raise ValueError(
            f"{_quoted(text)} has a query (?) or fragment (#), which a base URL must not have"
        )
    host = _host(parts.hostname or "", text)
    path = _without_call(parts.path)
    if host.endswith(POD_PROXY):
        return f"https://{_userinfo(parts)}{host}{_port(port, 80, 443)}{path}"
    default = 80 if parts.scheme == "http" else 443
    return f"{parts.scheme}://{_userinfo(parts)}{host}{_port(port, default)}{path}"


def written_url(text: str) -> str:
    """Return the base URL of an address that the user wrote, in a file or in a field.

    As `base_url`, but a mistake is an error and is not read as another address, and a secret is
    refused. Raise ValueError, with one sentence for the user.
    """
    url = base_url(text)
    if carries_password(url):
        raise ValueError(
            "an address must not contain a user name or password: send them from the environment "
            'with headers = { Authorization = "env:NAME" }'
        )
    text = _bare(text)
    if "://" not in text:
        _refuse_slip(text)
    return url


def mask_url(url: str) -> str:
    """Return the URL as it may be shown and saved: a pod's id gives access to the pod.

    The id is cut to its first three characters; user name, password and query are left out.
    """
    url, question, _ = url.partition("?")
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    authority, slash, path = rest.partition("/")
    authority = authority.rpartition("@")[2]
    host, colon, port = authority.partition(":")
    if host.lower().endswith(POD_PROXY):
        pod, dash, number = host[: -len(POD_PROXY)].partition("-")
        host = f"{pod[:3]}…{dash}{number}{POD_PROXY}"
    return f"{scheme}{separator}{host}{colon}{port}{slash}{path}{'?…' if question else ''}"


def mask_refused(url: str) -> str:
    """Return a URL that is refused as it may be shown: a part of its path may be a token."""
    url, mark, _ = url.partition("#")
    url, question, _ = url.partition("?")
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    authority, *path = rest.rpartition("@")[2].split("/")
    shown = [part if _PLAIN_PART.fullmatch(part) else "…" for part in path]
    ends = f"{'?…' if question else ''}{'#…' if mark else ''}"
    return (
        mask_url(f"{scheme}{separator}{authority}") + "".join(f"/{part}" for part in shown) + ends
    )


def host_key(url: str) -> str:
    """Return a key of the machine at a base URL: two ports of one host are one machine.

    Every loopback address is this machine; every port of a pod is that pod.
    """
    host = urlsplit(url).hostname or ""
    if _loopback(host):
        return THIS_MACHINE
    if host.endswith(POD_PROXY):
        return host.partition("-")[0] + POD_PROXY
    return host.rstrip(".")


def carries_password(url: str) -> bool:
    """Return whether a base URL has a user name or password: such a URL is never saved."""
    return "@" in urlsplit(url).netloc


def through_pod_proxy(url: str) -> bool:
    """Return whether a pod's proxy is in between: it gives up after about 100 s without data."""
    return (urlsplit(url).hostname or "").endswith(POD_PROXY)


def is_local_network(url: str) -> bool:
    """Return whether the host is this machine or on its own network.

    No proxy named in the environment is used for it.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    if _loopback(host) or host.endswith(_LOCAL_SUFFIXES):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return address.is_private or address.is_link_local


def _bare(text: str) -> str:
    return text.strip().strip("\"'").strip()


def _from_shorthand(text: str) -> str:
    """Return the URL of an address without a scheme."""
    authority, slash, path = text.partition("/")
    if "@" in authority or "?" in text:
        raise ValueError(
            f"{_quoted(text)} is not a URL: it does not start with http:// or https://"
        )
    host, port_text = _split_port(authority)
    host = _host(host or "127.0.0.1", text)
    port = _number(port_text or "")
    path = _without_call(slash + path)
    if host.endswith(POD_PROXY):
        return f"https://{host}{_port(port, 443)}{path}"
    return f"http://{host}:{OLLAMA_PORT if port is None else port}{path}"


def _refuse_slip(text: str) -> None:
    """Raise ValueError for an address without a scheme that can only be a mistake."""
    host, port = _split_port(text.partition("/")[0])
    if _number(port or "") is not None:
        return
    if host.lower() in ("http", "https"):
        rest = text[len(host) :].lstrip(":/")
        raise ValueError(
            f"{host}: must be followed by two slashes: {mask_refused(f'{host}://{rest}')}"
        )
    if port is not None:
        raise ValueError(
            f"{_quoted(text)} has no valid port after its colon: a port is a number up to 65535"
        )


def _without_call(path: str) -> str:
    """Return the path of a base URL without that of an API call, as documents of servers show it.

    ``/v1/chat/completions`` becomes ``/v1``, and ``/api/chat`` nothing.
    """
    path = path.rstrip("/")
    return _CALL.sub("", _VERSIONED_CALL.sub(r"\1", path)).rstrip("/")


def _split_port(authority: str) -> tuple[str, str | None]:
    """Split ``host:port``; the port is None without a colon; IPv6 loses its brackets."""
    try:
        return str(ipaddress.ip_address(authority)), None
    except ValueError:
        pass
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        return host, rest.removeprefix(":") if rest else None
    host, colon, port = authority.partition(":")
    return host, port if colon else None


def _number(port: str) -> int | None:
    """Return a port as a number; None if it is invalid."""
    usable = port.isascii() and port.isdecimal() and int(port) <= 65535
    return int(port) if usable else None


def _host(host: str, text: str) -> str:
    """Return the host as in a URL: lower case, brackets for IPv6, no unspecified address.

    An IPv6 address may have a zone, the name of an interface, as it is or as RFC 6874 writes it:
    ``fe80::1%eth0``, ``fe80::1%25eth0``.
    """
    if not host:
        raise ValueError(f"{_quoted(text)} has no host")
    bare, percent, zone = host.partition("%")
    if len(zone) > 2:
        zone = zone.removeprefix("25")
    host = bare.lower() + percent + zone
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        if not _NAME.fullmatch(host):
            raise ValueError(f"{_quoted(text)} is not a URL: {host!r} is not a host name") from None
        return host
    if address.is_unspecified:
        return "[::1]" if address.version == 6 else "127.0.0.1"
    return f"[{host}]" if address.version == 6 else host


def _port(port: int | None, *defaults: int) -> str:
    return "" if port is None or port in defaults else f":{port}"


def _userinfo(parts: SplitResult) -> str:
    userinfo, at, _ = parts.netloc.rpartition("@")
    return userinfo + at


def _loopback(host: str) -> bool:
    host = host.rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool(address.is_loopback or address.is_unspecified or (mapped and mapped.is_loopback))


def _quoted(text: str) -> str:
    shown = mask_refused(text)
    return f'"{shown}"' if shown.isprintable() else repr(shown)
