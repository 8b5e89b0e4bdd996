"""Rules for what the network does to a request."""

from __future__ import annotations

from bbtui.domain.diagnosis_rules.rule import LOG, PAST_THE_PROXY, PRELOAD, SHORTEN, Hop, Rule, When
from bbtui.domain.observation import NetworkFailure, Observation


def _failed(kind: NetworkFailure, *, provider: bool = False) -> When:
    """Match this failure; with `provider`, only of a request to the API of a pod's provider."""
    return lambda seen: seen.network_failure is kind and (seen.target.provider or not provider)


def _provider_unreachable(seen: Observation) -> bool:
    unreached = (NetworkFailure.UNRESOLVED, NetworkFailure.REFUSED, NetworkFailure.UNREACHABLE)
    return seen.target.usual and seen.network_failure in unreached


def _prompt_timed_out(seen: Observation) -> bool:
    return seen.network_failure is NetworkFailure.READ_TIMEOUT and seen.prompted


def _proxy_timed_out(seen: Observation) -> bool:
    return _prompt_timed_out(seen) and seen.target.through_pod_proxy


def _proxy_timed_out_warm(seen: Observation) -> bool:
    timed_out = seen.network_failure is NetworkFailure.READ_TIMEOUT
    return timed_out and seen.target.through_pod_proxy and seen.warm


CONNECTION_RULES = (
    Rule(Hop.TCP, _provider_unreachable).texts(
        "the API of a pod's provider, at its default address, cannot be reached",
        "{where} cannot be reached: {detail}",
        "check the network",
    ),
    Rule(Hop.NAME, _failed(NetworkFailure.UNRESOLVED), in_readme=True).texts(
        "no resolver knows the host",
        "the name {host} cannot be resolved (DNS)",
        "check the host in {setting}, and the network",
    ),
    Rule(Hop.TCP, _failed(NetworkFailure.REFUSED, provider=True)).texts(
        "connection refused by the address of a pod's provider",
        "nothing listens at {where} (connection refused)",
        "check {setting}",
    ),
    Rule(Hop.TCP, _failed(NetworkFailure.REFUSED), in_readme=True).texts(
        "connection refused",
        "nothing listens at {where} (connection refused)",
        "start the server {there} (for Ollama: ollama serve), or correct {setting}",
    ),
    Rule(Hop.TCP, _failed(NetworkFailure.CONNECT_TIMEOUT), in_readme=True).texts(
        "no connection within the time limit",
        "connection to {where} timed out after {limit}",
        "check that {host} is up and reachable (firewall, VPN)",
    ),
    Rule(Hop.TCP, _failed(NetworkFailure.UNREACHABLE)).texts(
        "any other system error: no route, network down",
        "{where} cannot be reached: {detail}",
        "check the network and {setting}",
    ),
    Rule(Hop.TLS, _failed(NetworkFailure.CA_FILE)).texts(
        "`ca` is missing, not readable, or no certificate",
        "the endpoint's ca cannot be used: {detail}",
        "set ca to a readable PEM file with the CA certificate",
    ),
    Rule(Hop.TLS, _failed(NetworkFailure.CERTIFICATE_FILE)).texts(
        "`cert` or `cert_key` is not readable, or they do not match",
        "the endpoint's cert and cert_key cannot be used: {detail}",
        "set cert and cert_key to readable PEM files: your certificate, its key without a password",
    ),
    Rule(Hop.TLS, _failed(NetworkFailure.UNTRUSTED, provider=True)).texts(
        "the certificate of a pod's provider is not trusted",
        "the certificate of {where} is not trusted: {detail}",
        "if your network has its own CA, export SSL_CERT_FILE=FILE with its certificate and the "
        "usual ones",
    ),
    Rule(Hop.TLS, _failed(NetworkFailure.UNTRUSTED), in_readme=True).texts(
        "the certificate is from an unknown CA, for another name, or expired",
        "the certificate of {where} is not trusted: {detail}",
        'if it is self-signed or from your own CA, set ca = "FILE" in the endpoint\'s table',
    ),
    Rule(Hop.TLS, _failed(NetworkFailure.NO_TLS)).texts(
        "the TLS handshake fails: no TLS, or another version",
        "TLS handshake with {where} failed ({detail})",
        "if the server speaks plain HTTP, use http:// in {setting}",
    ),
    Rule(Hop.PROXY, _failed(NetworkFailure.SOCKS)).texts(
        "a SOCKS proxy, and the package for it is missing",
        "the proxy in {proxies} speaks SOCKS, which this installation does not support",
        "pip install socksio, or unset the variable",
    ),
    Rule(Hop.PROXY, _failed(NetworkFailure.BAD_PROXY)).texts(
        "a proxy variable without a valid URL",
        "the proxy in {proxies} is not a valid URL",
        "set it to an http:// or https:// URL, or unset it",
    ),
    Rule(Hop.PROXY, _failed(NetworkFailure.PROXY_UNREACHED)).texts(
        "no connection to the proxy of the environment",
        "the proxy in {proxies} cannot be reached: {detail}",
        "unset it, or add {unproxied} to NO_PROXY",
    ),
    Rule(Hop.PROXY, _failed(NetworkFailure.PROXY_REFUSED)).texts(
        "the proxy of the environment refuses the request",
        "the proxy in {proxies} refused the request to {where}: {detail}",
        "unset it, or add {unproxied} to NO_PROXY",
    ),
)

#: Tried after the rules on pods, which are more specific.
REPLY_RULES = (
    Rule(Hop.SERVER, _failed(NetworkFailure.NOT_HTTP)).texts(
        "the reply is not HTTP",
        "the reply of {where} is not HTTP",
        "another service listens there, or it requires https: check {setting}",
    ),
    Rule(Hop.SERVER, _failed(NetworkFailure.MALFORMED)).texts(
        "HTTP with a header that is not allowed, such as `Transfer-Encoding` twice",
        "{where} sent an HTTP header that is not allowed: {detail}",
        "correct or update the server, or the proxy in between",
    ),
    Rule(Hop.SERVER, _failed(NetworkFailure.CLOSED, provider=True)).texts(
        "a pod's provider closes the connection before its reply begins",
        "{where} closed the connection before replying",
        "it may be a temporary failure: try again",
    ),
    Rule(Hop.SERVER, _failed(NetworkFailure.CLOSED)).texts(
        "the connection is closed before the reply begins",
        "{where} closed the connection before replying",
        "check that the server is still running; see its log",
    ),
    Rule(Hop.SERVER, _proxy_timed_out_warm).texts(
        "no data within the time limit, through a pod's proxy, the model in memory",
        "no data from {where}{silence}{after}",
        f"{SHORTEN}; {PAST_THE_PROXY}",
    ),
    Rule(Hop.SERVER, _proxy_timed_out, in_readme=True).texts(
        "no data within the time limit, through a pod's proxy",
        "no data from {where}{silence}{after}",
        f"{PRELOAD}; {PAST_THE_PROXY}",
    ),
    Rule(Hop.SERVER, _prompt_timed_out).texts(
        "no data within the time limit",
        "no data from {where}{silence}{after}",
        "if it needs longer, raise the limit with --timeout",
    ),
    Rule(Hop.SERVER, _failed(NetworkFailure.READ_TIMEOUT, provider=True)).texts(
        "no data from a pod's provider within the time limit",
        "no data from {where}{silence}{after}",
        "it may be slow temporarily: try again",
    ),
    Rule(Hop.SERVER, _failed(NetworkFailure.READ_TIMEOUT)).texts(
        "no data within the time limit of a short request, such as the version",
        "no data from {where}{silence}{after}",
        "it hangs or is overloaded: wait, or restart it; " + LOG,
    ),
    Rule(Hop.SERVER, _failed(NetworkFailure.INCOMPLETE, provider=True)).texts(
        "a reply of a pod's provider that has not ended within the time limit",
        "{where} did not complete its reply within {limit}",
        "it may be slow temporarily: try again",
    ),
    Rule(Hop.SERVER, _failed(NetworkFailure.INCOMPLETE)).texts(
        "a reply that has not ended within the time limit of a short request",
        "{where} did not complete its reply within {limit}",
        "it hangs or is overloaded: wait, or restart it; " + LOG,
    ),
    Rule(Hop.PROXY, _failed(NetworkFailure.DECODING)).texts(
        "a compressed reply that cannot be decompressed",
        "cannot decompress the reply of {where} ({detail}) after {received}",
        "a proxy in between must not compress the stream",
    ),
    Rule(Hop.ROUND_TRIP, _failed(NetworkFailure.LOST)).texts(
        "the connection is lost in the middle of a reply",
        "connection lost after {received}",
        "check that {host} is still running, then try again",
    ),
    Rule(Hop.SERVER, _failed(NetworkFailure.UNWRITABLE)).texts(
        "an invalid request: an impossible host or header",
        "invalid request to {where}: {detail}",
        "check {setting} and its headers",
    ),
)
