"""Turns error replies of RunPod's API into a cause and a fix.

They are classified by status and content type. A reply may hold what is secret in a pod, such as
its environment, so no JSON is quoted: it is described by its type, size and keys. Of the provider's
text (RFC 9457: `detail` or `title`; a plain text; the title of a page) the first words are quoted,
up to the first that may be a value.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply, page_title
from bbtui.clients.runpod.json_replies import read_retry_after
from bbtui.domain.address import mask_url
from bbtui.domain.pod import PodAction
from bbtui.errors import PodError
from bbtui.formatting.text import counted, join_list

_MAX_QUOTE = 300
_MAX_WORDS = 20
#: A word of a sentence: in one case, but for a capital first letter or a plural of capitals.
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]{1,16}|[A-Z]{1,12}s?")
#: Characters around it, or between words.
_MARKS = ".,;!?()\"'…|–—-"
_PARTS = re.compile(r"[^'’-]+")
#: A status is no value.
_STATUS = re.compile(r"\d{3}:?|code: \d{3,4}")
#: A key of an object, unless it may be an id: letters alone.
_KEY = re.compile(r"[A-Za-z_]{1,24}")
_MAX_KEYS = 8
_JSON_TYPES: dict[type, str] = {dict: "object", list: "array", str: "string", bool: "boolean"}
_RETRY = "probably an outage of RunPod (uptime.runpod.io): try again in a minute"
_CHECK_URL = "check pod.api_url; the default is https://api.runpod.io/v2"


def error_from_reply(
    reply: Reply, peer: Peer, variable: str, action: PodAction | None = None
) -> PodError | None:
    """Return the error in a reply; None for one with status 200 and a JSON object.

    `variable` is the environment variable with the key.
    """
    where, status = peer.where, f"HTTP {reply.status}"
    value = reply.value()
    is_object = isinstance(value, dict)
    if reply.status == 200 and is_object:
        return None
    if reply.status == 429:
        return rate_limited(read_retry_after(reply.headers), where)
    if is_object and reply.status in (401, 403):
        return _key_rejected(reply.status, _quote_error(value, peer), variable, action)
    if reply.status == 403:
        cause = f"{where} blocked the request before it reached RunPod ({status})"
        fix = "the VPN, proxy or network in use may be blocked: try another one"
        return PodError(cause + _quote_body(reply, peer), fix, "blocked")
    if reply.status == 401:
        return _key_rejected(401, "", variable, action)
    if is_object and reply.status == 404:
        return PodError(
            f"RunPod has no such pod ({status}){_quote_error(value, peer)}",
            "it was removed or moved to another machine, or it belongs to another account: "
            "`bbtui pods` lists those this key can see",
            "gone",
        )
    if reply.status == 410:
        cause = f"the API at {where} has been retired ({status}){_quote_error(value, peer)}"
        return PodError(cause, _CHECK_URL, "refused")
    if is_object and reply.status < 500:
        return _request_refused(reply.status, _quote_error(value, peer), action)
    if 300 <= reply.status < 400:
        target = _host(reply.headers.get("location", ""))
        cause = f"{where} redirects to {peer.quoted(target) or 'another address'} ({status})"
        return PodError(cause, "if that is the API, set pod.api_url to it", "broken")
    if reply.is_page:
        cause = f"{where} answered with a web page instead of JSON ({status})"
        fix = _RETRY if reply.status >= 500 else f"a login page may be in between, or {_CHECK_URL}"
        return PodError(cause + _quote_body(reply, peer), fix, "broken")
    if reply.status != 200:
        quote = _quote_error(value, peer) if is_object else _quote_body(reply, peer)
        fix = _RETRY if reply.status >= 500 else _CHECK_URL
        return PodError(f"{where} answered {status}{quote}", fix, "broken")
    return unreadable_reply(reply, peer)


def unreadable_reply(reply: Reply, peer: Peer, *, incomplete: bool = False) -> PodError:
    """Return the error for a reply with status 200 but without the expected document."""
    where, size = peer.where, len(reply.body)
    if not size:
        return PodError(f"{where} answered HTTP 200 (empty reply)", _RETRY, "broken")
    if incomplete or (
        not reply.is_page and reply.value() is None and reply.body.lstrip()[:1] in b"{["
    ):
        cause = f"the reply of {where} ends after {size:,} bytes, before it is complete"
        return PodError(cause, _RETRY, "broken")
    cause = f"{where} does not reply like RunPod's API{_quote_body(reply, peer)}"
    return PodError(cause, _CHECK_URL, "broken")


def rate_limited(seconds: float, where: str) -> PodError:
    """Return the error for requests within `seconds` after a 429."""
    return PodError(
        f"too many requests to {where} for this account (HTTP 429): wait {seconds:.0f} s",
        "all programs that use the account share the limit",
        "limited",
        retry_after_s=seconds,
    )


def _key_rejected(status: int, quote: str, variable: str, action: PodAction | None) -> PodError:
    if status == 401:
        return PodError(
            f"RunPod rejected the key in {variable} (HTTP 401){quote}",
            "it is invalid, expired or revoked: create one in RunPod's console under Settings, "
            f"then export {variable}=…",
            "key",
        )
    permission = f"{action} this pod" if action else "list pods"
    return PodError(
        f"the key in {variable} has no permission to {permission} (HTTP 403){quote}",
        "grant it in RunPod's console under Settings, or create another key",
        "key",
    )


def _request_refused(status: int, quote: str, action: PodAction | None) -> PodError:
    if action is None:
        return PodError(f"RunPod refused the request (HTTP {status}){quote}", _CHECK_URL, "refused")
    hint = "check the pod: `bbtui pods show`, or RunPod's console"
    if action is PodAction.START and status == 400:
        hint = (
            "a stopped pod starts only on its own machine: if no GPU is free there, try again "
            "later, or move the pod in RunPod's console (its id and url change)"
        )
    return PodError(f"RunPod did not {action} the pod (HTTP {status}){quote}", hint, "refused")


def _quote_error(value: object, peer: Peer) -> str:
    """Return the provider's text to append to a cause; "" if there is none."""
    if not isinstance(value, dict):
        return ""
    text = value.get("detail") or value.get("title")
    words = _first_words(text, peer) if isinstance(text, str) else ""
    return f'; message: "{words}"' if words else ""


def _quote_body(reply: Reply, peer: Peer) -> str:
    """Return what a reply is to append to a cause: described if it is JSON, else quoted."""
    if (value := reply.value()) is not None:
        return f": {_describe(value, len(reply.body), peer)}"
    words = _first_words(page_title(reply, peer) if reply.is_page else reply.body, peer)
    return f': "{words}"' if words else ""


def _describe(value: object, size: int, peer: Peer) -> str:
    """Return the type, size and top-level keys of a JSON value of `size` bytes."""
    kind = f"a JSON {_JSON_TYPES.get(type(value), 'number')} of {size:,} bytes"
    if not isinstance(value, dict) or not value:
        return kind
    shown = [key for key in value if _KEY.fullmatch(key) and peer.quoted(key) == key][:_MAX_KEYS]
    others = len(value) - len(shown)
    if not shown:
        return f"{kind} with {counted(others, 'key')}"
    names = join_list([*shown, *([f"{others:,} more"] if others else [])])
    return f"{kind} with the {'key' if len(value) == 1 else 'keys'} {names}"


def _host(location: str) -> str:
    """Return the host of a redirect, "" if it has none: the path may have a token in it."""
    try:
        return urlsplit(mask_url(location)).hostname or ""
    except ValueError:
        return ""


def _first_words(text: str | bytes, peer: Peer) -> str:
    """Return the beginning of a text up to the first word that may be a value, such as a key.

    It ends with … if there is more.
    """
    rest = peer.quoted(text, _MAX_QUOTE)
    words: list[str] = []
    while rest and len(words) < _MAX_WORDS:
        status = _STATUS.match(rest)
        word = status[0] if status else rest.partition(" ")[0]
        named, colon, _ = word.partition(":")
        if not status and not all(map(_WORD.fullmatch, _PARTS.findall(named.strip(_MARKS)))):
            break
        words.append(word if status else named)
        rest = rest[len(word) :].lstrip()
        if colon and not status:  # what follows is a value
            rest = rest or "…"
            break
    if words and rest:
        words = [*words[:-1], words[-1].rstrip("…"), "…"]
    return " ".join(filter(None, words))
