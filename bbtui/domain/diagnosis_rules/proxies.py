"""Rules for replies of a proxy: a pod's own or another.

A page with a gateway error is from a proxy; any other page is from a server behind it.
"""

from __future__ import annotations

from bbtui.domain.diagnosis_rules.rule import (
    PAST_THE_PROXY,
    PRELOAD,
    SHORTEN,
    SLOWER,
    Hop,
    Rule,
    When,
    replied,
)
from bbtui.domain.observation import ErrorReply, Observation


def _pod_proxy(status: int | None = None) -> When:
    """Match a reply of a pod's proxy itself, with this status or any."""

    def when(seen: Observation) -> bool:
        reply = seen.error_reply
        if reply is None or not seen.target.through_pod_proxy or reply.error is not None:
            return False
        own = reply.status in (429, 502) or 520 <= reply.status <= 530
        own = own or (reply.page and (reply.status == 403 or reply.status >= 500))
        # A 404 in plain text is Ollama's, a 403 in plain text is Cloudflare's. Any other page is
        # that of a server in the pod.
        own = own or (reply.status == 404 and reply.media != "text/plain")
        own = own or (reply.status == 403 and bool(reply.text))
        return own and status in (None, reply.status)

    return when


def _pod_unknown(seen: Observation) -> bool:
    return seen.pod_unknown is not None and (_pod_proxy(404)(seen) or _pod_proxy(502)(seen))


def _error_page(reply: ErrorReply) -> bool:
    return reply.error is None and reply.page and reply.status >= 500


PROXY_RULES = (
    Rule(Hop.PROXY, _pod_proxy(403)).texts(
        "403 from a pod's proxy",
        "the pod's proxy blocked the request ({status})",
        "check {setting} and its headers",
    ),
    Rule(Hop.POD, _pod_unknown).texts(
        "404 or 502 from a pod's proxy, and the pod's state could not be determined",
        "pod state unknown ({status} from its proxy): {pod_unknown}",
        "{pod_unknown_fix}; or check the pod in the provider's console",
    ),
    Rule(Hop.PROXY, _pod_proxy(404), in_readme=True).texts(
        "404 from a pod's proxy, the pod's state unknown",
        "the pod's proxy does not know the pod or its port ({status})",
        "start the pod; if it runs, expose the port as http and check the pod's id in the url",
    ),
    Rule(Hop.SERVER, _pod_proxy(502)).texts(
        "502 from a pod's proxy, the pod's state unknown",
        "nothing listens on that port of the pod, or the pod is stopped ({status})",
        "start the pod if it is stopped; if it runs, wait for its server to start; if this "
        "persists, set OLLAMA_HOST=0.0.0.0 in the pod's environment",
    ),
    Rule(Hop.SERVER, lambda seen: seen.warm and _pod_proxy(524)(seen)).texts(
        "524 from a pod's proxy, the model in memory",
        "the pod's proxy gave up after 100 s without data ({status})",
        f"{SHORTEN}; {PAST_THE_PROXY}",
    ),
    Rule(Hop.SERVER, _pod_proxy(524), in_readme=True).texts(
        "524 from a pod's proxy",
        "the pod's proxy gave up after 100 s without data ({status})",
        f"{PRELOAD}; {PAST_THE_PROXY}",
    ),
    Rule(Hop.PROXY, _pod_proxy(429)).texts(
        "429 from a pod's proxy", "the pod's proxy is limiting requests ({status})", SLOWER
    ),
    Rule(Hop.PROXY, _pod_proxy()).texts(
        "any other page of a pod's proxy (520 to 523: Cloudflare and the pod's balancer)",
        "the pod's proxy cannot reach the pod ({status})",
        "try again in a minute; if this persists, check the pod in the provider's console",
    ),
    Rule(Hop.PROXY, replied(_error_page)).texts(
        "a web page with 5xx",
        "a proxy in front of {where} answered with a web page ({status}){quoted}",
        "the server behind it does not answer: check that it is running",
    ),
)
