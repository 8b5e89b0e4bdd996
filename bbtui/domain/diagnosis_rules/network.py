"""Rows of the diagnosis table: what a network does to a request."""

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
        "no way to a pod's provider at its usual address",
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
        "no answer to the connection within the limit",
        _network(NetworkFailure.CONNECT_TIMEOUT),
        "{where} did not take the connection within {limit}",
        "see that {host} is up and that no firewall or missing VPN is in between",
        in_readme=True,
    ),
    Rule(
        Hop.TCP,
        "any other error of the system: no route, network down",
        _network(NetworkFailure.UNREACHABLE),
        "{where} cannot be reached: {detail}",
        "check the network and {setting}",
    ),
    Rule(
        Hop.TLS,
        "`ca` names a file that is missing, closed to us, or no certificate",
        _network(NetworkFailure.CA_FILE),
        "the endpoint's ca cannot be used: {detail}",
        "name a readable PEM file with the authority's certificate as its ca",
    ),
    Rule(
        Hop.TLS,
        "`cert` or `cert_key` cannot be read, or they do not belong together",
        _network(NetworkFailure.CERTIFICATE_FILE),
        "the endpoint's cert and cert_key cannot be used: {detail}",
        "name readable PEM files: your certificate as cert, its key without a password as cert_key",
    ),
    Rule(
        Hop.TLS,
        "the certificate of a pod's provider is none that is trusted",
        _provider_network(NetworkFailure.UNTRUSTED),
        "the certificate of {where} is not trusted: {detail}",
        "if it is your network's own, export SSL_CERT_FILE=FILE with its authority's certificate "
        "beside the usual ones",
    ),
    Rule(
        Hop.TLS,
        "the certificate is signed by nobody known, is for another name, or has expired",
        _network(NetworkFailure.UNTRUSTED),
        "the certificate of {where} is not trusted: {detail}",
        "if it is your own, name its authority's file: ca = \"FILE\" in the endpoint's table",
        in_readme=True,
    ),
    Rule(
        Hop.TLS,
        "what answers does not speak TLS, or another version of it",
        _network(NetworkFailure.NO_TLS),
        "no secure connection to {where} ({detail})",
        "if the server speaks plain HTTP, write http:// in {setting}",
    ),
    Rule(
        Hop.PROXY,
        "a proxy variable begins with socks and the package for it is missing",
        _network(NetworkFailure.SOCKS),
        "the proxy named in {proxies} speaks SOCKS, which this installation does not",
        "pip install socksio, or unset the variable",
    ),
    Rule(
        Hop.PROXY,
        "a proxy variable that holds no proxy's address",
        _network(NetworkFailure.BAD_PROXY),
        "the proxy named in {proxies} cannot be used",
        "name an http:// or https:// proxy there, or unset the variable",
    ),
    Rule(
        Hop.PROXY,
        "the proxy of the environment takes no connection",
        _network(NetworkFailure.PROXY_UNREACHED),
        "the proxy named in {proxies} cannot be reached: {detail}",
        "unset it, or add {unproxied} to NO_PROXY",
    ),
    Rule(
        Hop.PROXY,
        "the proxy of the environment refuses the way",
        _network(NetworkFailure.PROXY_REFUSED),
        "the proxy named in {proxies} did not let the request to {where} through: {detail}",
        "unset it, or add {unproxied} to NO_PROXY",
    ),
)

#: These come behind the rows on pods, which know more.
REPLY_RULES = (
    Rule(
        Hop.SERVER,
        "what comes back is not HTTP",
        _network(NetworkFailure.NOT_HTTP),
        "what {where} answered is not HTTP",
        "something else listens there, or it wants https: check {setting}",
    ),
    Rule(
        Hop.SERVER,
        "a pod's provider closes the connection before its reply begins",
        _provider_network(NetworkFailure.CLOSED),
        "{where} closed the connection before it answered",
        "it may be in trouble for a moment: ask again",
    ),
    Rule(
        Hop.SERVER,
        "the connection is closed before the reply begins",
        _network(NetworkFailure.CLOSED),
        "{where} closed the connection before it answered",
        "see that the server still runs; its own log says more",
    ),
    Rule(
        Hop.SERVER,
        "no byte of an answer within the limit, through a pod's proxy, the model in memory",
        lambda seen: _timed_out(seen) and seen.target.through_pod_proxy and seen.warm,
        "no byte came from {where}{silence}{after}",
        f"{SHORTEN}; {PAST_THE_PROXY}",
    ),
    Rule(
        Hop.SERVER,
        "no byte of an answer within the limit, through a pod's proxy",
        lambda seen: _timed_out(seen) and seen.target.through_pod_proxy and seen.prompted,
        "no byte came from {where}{silence}{after}",
        f"{PRELOAD}; {PAST_THE_PROXY}",
        in_readme=True,
    ),
    Rule(
        Hop.SERVER,
        "no byte of an answer within the limit",
        lambda seen: _timed_out(seen) and seen.prompted,
        "no byte came from {where}{silence}{after}",
        "if it may take longer, raise the limit with --timeout",
    ),
    Rule(
        Hop.SERVER,
        "no byte from a pod's provider within the limit",
        _provider_network(NetworkFailure.READ_TIMEOUT),
        "no byte came from {where}{silence}{after}",
        "it may be slow for a moment: ask again",
    ),
    Rule(
        Hop.SERVER,
        "no byte within the limit of a short question, such as its version",
        _timed_out,
        "no byte came from {where}{silence}{after}",
        "it hangs or is overloaded: wait, or start it again; " + LOG,
    ),
    Rule(
        Hop.PROXY,
        "a reply that is compressed and cannot be unpacked",
        _network(NetworkFailure.DECODING),
        "what {where} sent cannot be unpacked, after {received}",
        "a proxy in between compresses the stream and should not",
    ),
    Rule(
        Hop.ROUND_TRIP,
        "the connection breaks in the middle of a reply",
        _network(NetworkFailure.LOST),
        "connection lost after {received}",
        "see that {host} still runs, then ask again",
    ),
    Rule(
        Hop.SERVER,
        "a request that cannot be written: an impossible host or header",
        _network(NetworkFailure.UNWRITABLE),
        "a request to {where} cannot be written: {detail}",
        "check {setting} and its headers",
    ),
)
