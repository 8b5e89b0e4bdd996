"""Rules for what the network does to a request."""

from __future__ import annotations

from bbtui.domain.diagnosis_rules.rule import (
    LOG,
    PAST_THE_PROXY,
    PRELOAD,
    SHORTEN,
    Hop,
    Rule,
    When,
)
from bbtui.domain.observation import NetworkFailure, Observation


def _network(kind: NetworkFailure) -> When:
    return lambda seen: seen.network_failure is kind


def _refused(seen: Observation) -> bool:
    return seen.network_failure is NetworkFailure.REFUSED


def _timed_out(seen: Observation) -> bool:
    return seen.network_failure is NetworkFailure.READ_TIMEOUT


def _provider_network(kind: NetworkFailure) -> When:
    return lambda seen: seen.target.provider and seen.network_failure is kind


def _provider_unreachable(seen: Observation) -> bool:
    unreached = (NetworkFailure.UNRESOLVED, NetworkFailure.REFUSED, NetworkFailure.UNREACHABLE)
    return seen.target.usual and seen.network_failure in unreached


CONNECTION_RULES = (
    Rule(
        Hop.TCP,
        "the API of a pod's provider, at its default address, cannot be reached",
        _provider_unreachable,
        "{where} cannot be reached: {detail}",
        "check the network",
    ),
    Rule(
        Hop.NAME,
        "no resolver knows the host",
        _network(NetworkFailure.UNRESOLVED),
        "the name {host} cannot be resolved (DNS)",
        "check the host in {setting}, and the network",
        in_readme=True,
    ),
    Rule(
        Hop.TCP,
        "connection refused by the address of a pod's provider",
        _provider_network(NetworkFailure.REFUSED),
        "nothing listens at {where} (connection refused)",
        "check {setting}",
    ),
    Rule(
        Hop.TCP,
        "connection refused",
        _refused,
        "nothing listens at {where} (connection refused)",
        "start the server {there} (for Ollama: ollama serve), or correct {setting}",
        in_readme=True,
    ),
    Rule(
        Hop.TCP,
        "no connection within the time limit",
        _network(NetworkFailure.CONNECT_TIMEOUT),
        "connection to {where} timed out after {limit}",
        "check that {host} is up and reachable (firewall, VPN)",
        in_readme=True,
    ),
    Rule(
        Hop.TCP,
        "any other system error: no route, network down",
        _network(NetworkFailure.UNREACHABLE),
        "{where} cannot be reached: {detail}",
        "check the network and {setting}",
    ),
    Rule(
        Hop.TLS,
        "`ca` is missing, not readable, or no certificate",
        _network(NetworkFailure.CA_FILE),
        "the endpoint's ca cannot be used: {detail}",
        "set ca to a readable PEM file with the CA certificate",
    ),
    Rule(
        Hop.TLS,
        "`cert` or `cert_key` is not readable, or they do not match",
        _network(NetworkFailure.CERTIFICATE_FILE),
        "the endpoint's cert and cert_key cannot be used: {detail}",
        "set cert and cert_key to readable PEM files: your certificate, its key without a password",
    ),
    Rule(
        Hop.TLS,
        "the certificate of a pod's provider is not trusted",
        _provider_network(NetworkFailure.UNTRUSTED),
        "the certificate of {where} is not trusted: {detail}",
        "if your network has its own CA, export SSL_CERT_FILE=FILE with its certificate and the "
        "usual ones",
    ),
    Rule(
        Hop.TLS,
        "the certificate is from an unknown CA, for another name, or expired",
        _network(NetworkFailure.UNTRUSTED),
        "the certificate of {where} is not trusted: {detail}",
        'if it is self-signed or from your own CA, set ca = "FILE" in the endpoint\'s table',
        in_readme=True,
    ),
    Rule(
        Hop.TLS,
        "the TLS handshake fails: no TLS, or another version",
        _network(NetworkFailure.NO_TLS),
        "TLS handshake with {where} failed ({detail})",
        "if the server speaks plain HTTP, use http:// in {setting}",
    ),
    Rule(
        Hop.PROXY,
        "a SOCKS proxy, and the package for it is missing",
        _network(NetworkFailure.SOCKS),
        "the proxy in {proxies} speaks SOCKS, which this installation does not support",
        "pip install socksio, or unset the variable",
    ),
    Rule(
        Hop.PROXY,
        "a proxy variable without a valid URL",
        _network(NetworkFailure.BAD_PROXY),
        "the proxy in {proxies} is not a valid URL",
        "set it to an http:// or https:// URL, or unset it",
    ),
    Rule(
        Hop.PROXY,
        "no connection to the proxy of the environment",
        _network(NetworkFailure.PROXY_UNREACHED),
        "the proxy in {proxies} cannot be reached: {detail}",
        "unset it, or add {unproxied} to NO_PROXY",
    ),
    Rule(
        Hop.PROXY,
        "the proxy of the environment refuses the request",
        _network(NetworkFailure.PROXY_REFUSED),
        "the proxy in {proxies} refused the request to {where}: {detail}",
        "unset it, or add {unproxied} to NO_PROXY",
    ),
)

#: Tried after the rules on pods, which are more specific.
REPLY_RULES = (
    Rule(
        Hop.SERVER,
        "the reply is not HTTP",
        _network(NetworkFailure.NOT_HTTP),
        "the reply of {where} is not HTTP",
        "another service listens there, or it requires https: check {setting}",
    ),
    Rule(
        Hop.SERVER,
        "a pod's provider closes the connection before its reply begins",
        _provider_network(NetworkFailure.CLOSED),
        "{where} closed the connection before replying",
        "it may be a temporary failure: try again",
    ),
    Rule(
        Hop.SERVER,
        "the connection is closed before the reply begins",
        _network(NetworkFailure.CLOSED),
        "{where} closed the connection before replying",
        "check that the server is still running; see its log",
    ),
    Rule(
        Hop.SERVER,
        "no data within the time limit, through a pod's proxy, the model in memory",
        lambda seen: _timed_out(seen) and seen.target.through_pod_proxy and seen.warm,
        "no data from {where}{silence}{after}",
        f"{SHORTEN}; {PAST_THE_PROXY}",
    ),
    Rule(
        Hop.SERVER,
        "no data within the time limit, through a pod's proxy",
        lambda seen: _timed_out(seen) and seen.target.through_pod_proxy and seen.prompted,
        "no data from {where}{silence}{after}",
        f"{PRELOAD}; {PAST_THE_PROXY}",
        in_readme=True,
    ),
    Rule(
        Hop.SERVER,
        "no data within the time limit",
        lambda seen: _timed_out(seen) and seen.prompted,
        "no data from {where}{silence}{after}",
        "if it needs longer, raise the limit with --timeout",
    ),
    Rule(
        Hop.SERVER,
        "no data from a pod's provider within the time limit",
        _provider_network(NetworkFailure.READ_TIMEOUT),
        "no data from {where}{silence}{after}",
        "it may be slow temporarily: try again",
    ),
    Rule(
        Hop.SERVER,
        "no data within the time limit of a short request, such as the version",
        _timed_out,
        "no data from {where}{silence}{after}",
        "it hangs or is overloaded: wait, or restart it; " + LOG,
    ),
    Rule(
        Hop.PROXY,
        "a compressed reply that cannot be decompressed",
        _network(NetworkFailure.DECODING),
        "cannot decompress the reply of {where} after {received}",
        "a proxy in between must not compress the stream",
    ),
    Rule(
        Hop.ROUND_TRIP,
        "the connection is lost in the middle of a reply",
        _network(NetworkFailure.LOST),
        "connection lost after {received}",
        "check that {host} is still running, then try again",
    ),
    Rule(
        Hop.SERVER,
        "an invalid request: an impossible host or header",
        _network(NetworkFailure.UNWRITABLE),
        "invalid request to {where}: {detail}",
        "check {setting} and its headers",
    ),
)
