"""Addresses of endpoints: read as Ollama reads OLLAMA_HOST, masked for reading, told apart."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

OLLAMA_PORT = 11434

#: Every address that means "this computer" is this one machine.
THIS_MACHINE = "this machine"

#: What the host of every pod's proxy ends with; the pod's id stands before it.
POD_PROXY = ".proxy.runpod.net"
_NAME = re.compile(r"(?!-)[\w-]{1,63}(?<!-)(?:\.(?!-)[\w-]{1,63}(?<!-))*\.?")
_LOCAL_SUFFIXES = (".local", ".internal", ".lan", ".home", ".home.arpa")


def base_url(text: str) -> str:
    """The base URL an address means, without a trailing slash.

    The spellings of Ollama's own OLLAMA_HOST are understood: nothing at all, a host, ``:port``,
    ``host:port``, an IPv6 address with or without brackets, quotes and blanks around any of it.
    Without a scheme the port is 11434 unless given, and one that makes no sense becomes 11434; with
    a scheme it is 80 or 443. ``0.0.0.0`` is an address to listen on; one connects to 127.0.0.1. A
    pod's proxy (``*.proxy.runpod.net``) speaks https and nothing else.

    Raises ValueError, in one sentence for the user, if no URL can be made of it.
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
    path = parts.path.rstrip("/")
    if host.endswith(POD_PROXY):
        return f"https://{_userinfo(parts)}{host}{_port(port, 80, 443)}{path}"
    default = 80 if parts.scheme == "http" else 443
    return f"{parts.scheme}://{_userinfo(parts)}{host}{_port(port, default)}{path}"


def written_url(text: str) -> str:
    """The base URL of an address that somebody wrote down, in a file or in a field.

    Read as `base_url` reads it, but a slip is told and not made into another address, and a secret
    is refused. Raises ValueError, in one sentence for the user.
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
    """The URL as it may be shown and saved: who knows a pod's id can use the pod.

    The id keeps its first three characters; a user name and password are left out, and so is what
    follows a question mark.
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


def host_key(url: str) -> str:
    """Which machine answers at a base URL: two ports of one host are one machine.

    Every loopback spelling is this machine; every port of a pod is that pod.
    """
    host = urlsplit(url).hostname or ""
    if _loopback(host):
        return THIS_MACHINE
    if host.endswith(POD_PROXY):
        return host.partition("-")[0] + POD_PROXY
    return host.rstrip(".")


def carries_password(url: str) -> bool:
    """Whether a user name or a password is part of a base URL: such a URL is never saved."""
    return "@" in urlsplit(url).netloc


def through_pod_proxy(url: str) -> bool:
    """Whether a pod's proxy stands between: it gives up after about 100 s without a byte."""
    return (urlsplit(url).hostname or "").endswith(POD_PROXY)


def is_local_network(url: str) -> bool:
    """Whether the host is this machine or one on its own network.

    Between the two, a proxy named in the environment can only be in the way.
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
    """The URL of an address without a scheme."""
    authority, slash, path = text.partition("/")
    if "@" in authority or "?" in text:
        raise ValueError(
            f"{_quoted(text)} is not a URL: it does not start with http:// or https://"
        )
    host, port_text = _split_port(authority)
    host = _host(host or "127.0.0.1", text)
    port = _number(port_text or "")
    path = (slash + path).rstrip("/")
    if host.endswith(POD_PROXY):
        return f"https://{host}{_port(port, 443)}{path}"
    return f"http://{host}:{OLLAMA_PORT if port is None else port}{path}"


def _refuse_slip(text: str) -> None:
    """Raise ValueError for an address without a scheme that can only be a slip."""
    host, port = _split_port(text.partition("/")[0])
    if _number(port or "") is not None:
        return
    if host.lower() in ("http", "https"):
        rest = text[len(host) :].lstrip(":/")
        raise ValueError(f"{host}: must be followed by two slashes: {mask_url(f'{host}://{rest}')}")
    if port is not None:
        raise ValueError(
            f"{_quoted(text)} has no valid port after its colon: a port is a number up to 65535"
        )


def _split_port(authority: str) -> tuple[str, str | None]:
    """``host:port`` in two, None without a colon; an address of IPv6 keeps no brackets."""
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
    """A port as a number; None if it is none."""
    usable = port.isascii() and port.isdecimal() and int(port) <= 65535
    return int(port) if usable else None


def _host(host: str, text: str) -> str:
    """The host as it stands in a URL: lower case, brackets for IPv6, nothing one cannot dial."""
    host = host.lower()
    if not host:
        raise ValueError(f"{_quoted(text)} has no host")
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
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
    return f'"{mask_url(text)}"' if text.isprintable() else repr(mask_url(text))
