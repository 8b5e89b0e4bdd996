"""What RunPod's API answered instead of what was asked, told as a cause and a fix.

Looked at by status and content type; the provider's words (RFC 9457: `detail`, `title`, and a list
of `errors`) are quoted without the key, and no cause rests on them.
"""

from __future__ import annotations

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import Reply, page_excerpt
from bbtui.clients.runpod.decoders import read_retry_after
from bbtui.domain.pod import PodAction
from bbtui.errors import PodError

_LONGEST_QUOTE = 300
_ASK_AGAIN = "RunPod's own trouble, most likely (uptime.runpod.io): ask again in a minute"
_CHECK_URL = "check pod.api_url; the usual one is https://api.runpod.io/v2"


def error_from_reply(
    reply: Reply, peer: Peer, variable: str, action: PodAction | None = None
) -> PodError | None:
    """The error that a reply is, or None for one with status 200 and a document.

    `variable` is the name of the one that holds the key.
    """
    where, status = peer.where, f"HTTP {reply.status}"
    value = reply.value()
    spoken = isinstance(value, dict)
    if reply.status == 200 and spoken:
        return None
    if reply.status == 429:
        return rate_limited(read_retry_after(reply.headers), where)
    if spoken and reply.status in (401, 403):
        return _unwelcome(reply.status, _said(value, peer), variable, action)
    if reply.status == 403:
        return PodError(
            f"{where} blocked the request before RunPod saw it ({status}){_quoted(reply, peer)}",
            "a VPN, a proxy or this network is not liked there: try from another one",
            "blocked",
        )
    if reply.status == 401:
        return _unwelcome(401, "", variable, action)
    if spoken and reply.status == 404:
        return PodError(
            f"RunPod knows no such pod ({status}){_said(value, peer)}",
            "it was removed or moved to another machine, or it belongs to another account: "
            "`bbtui pods` lists those this key can see",
            "gone",
        )
    if reply.status == 410:
        said = _said(value, peer)
        return PodError(
            f"the API at {where} has been retired ({status}){said}", _CHECK_URL, "refused"
        )
    if spoken and reply.status < 500:
        return _declined(reply.status, _said(value, peer), action)
    if 300 <= reply.status < 400:
        target = peer.quoted(reply.headers.get("location", "another address").partition("?")[0])
        return PodError(
            f"{where} sends the request on to {target} ({status})",
            "if that is the API, make it pod.api_url",
            "broken",
        )
    if _page(reply):
        return PodError(
            f"{where} answered with a web page instead of JSON ({status})"
            f"{page_excerpt(reply, peer)}",
            _ASK_AGAIN
            if reply.status >= 500
            else f"a login page may be in between, or {_CHECK_URL}",
            "broken",
        )
    if reply.status != 200:
        said = _said(value, peer) if spoken else _quoted(reply, peer)
        hint = _ASK_AGAIN if reply.status >= 500 else _CHECK_URL
        return PodError(f"{where} answered {status}{said}", hint, "broken")
    return unreadable_reply(reply, peer)


def unreadable_reply(reply: Reply, peer: Peer, *, cut: bool = False) -> PodError:
    """A reply with status 200 and no document in it, or another than was asked for."""
    where, size = peer.where, len(reply.body)
    if not size:
        return PodError(f"{where} answered HTTP 200 and nothing else", _ASK_AGAIN, "broken")
    if cut or (not _page(reply) and reply.value() is None and reply.body.lstrip()[:1] in b"{["):
        cause = f"the answer of {where} breaks off after {size:,} bytes"
        return PodError(cause, _ASK_AGAIN, "broken")
    return PodError(
        f"{where} answers, but not as RunPod's API does{_quoted(reply, peer)}", _CHECK_URL, "broken"
    )


def rate_limited(seconds: float, where: str) -> PodError:
    """The provider wants to be left alone for so long."""
    return PodError(
        f"too many requests to {where} for this account (HTTP 429): it wants {seconds:.0f} s of "
        "quiet",
        "everything that uses the account shares the limit; ask again after that",
        "limited",
        retry_after_s=seconds,
    )


def _unwelcome(status: int, said: str, variable: str, action: PodAction | None) -> PodError:
    if status == 401:
        return PodError(
            f"RunPod does not accept the key in {variable} (HTTP 401){said}",
            "it is wrong, expired or revoked: make one in RunPod's console under Settings, then "
            f"export {variable}=…",
            "key",
        )
    may = f"{action} this pod" if action else "look at pods"
    return PodError(
        f"the key in {variable} may not {may} (HTTP 403){said}",
        "give it that permission in RunPod's console under Settings, or make another key",
        "key",
    )


def _declined(status: int, said: str, action: PodAction | None) -> PodError:
    if action is None:
        return PodError(f"RunPod refused the request (HTTP {status}){said}", _CHECK_URL, "refused")
    hint = "look at the pod with `bbtui pods show`, or in RunPod's console"
    if action is PodAction.START and status == 400:
        hint = (
            "a stopped pod comes back only on its own machine: if no GPU is free there, try again "
            "later, or move the pod in RunPod's console (its id and url change)"
        )
    return PodError(f"RunPod did not {action} the pod (HTTP {status}){said}", hint, "refused")


def _said(value: object, peer: Peer) -> str:
    """The provider's words, to follow a cause; nothing if it said nothing."""
    if not isinstance(value, dict):
        return ""
    errors = value.get("errors")
    parts = [value.get("detail") or value.get("title")]
    parts += errors if isinstance(errors, list) else []
    words = " ".join(part for part in parts if isinstance(part, str))
    return f'; it said: "{peer.quoted(words, _LONGEST_QUOTE)}"' if words else ""


def _quoted(reply: Reply, peer: Peer) -> str:
    words = page_excerpt(reply, peer) if _page(reply) else f': "{peer.quoted(reply.body, 200)}"'
    return words if reply.body.strip() else ""


def _page(reply: Reply) -> bool:
    return "html" in reply.content_type or reply.body.lstrip()[:1] == b"<"
