"""Rows of the diagnosis table: what a network does to a request."""

from __future__ import annotations

from bbtui.domain.diagnosis_rules.rule import (
    LOG,
    PAST_THE_PROXY,
    PRELOAD,
    SHORTEN,
    Hop,
    Symptom,
    When,
)
from bbtui.domain.observation import Observed, Trouble


def _trouble(kind: Trouble) -> When:
    return lambda seen: seen.trouble is kind


def _refused(seen: Observed) -> bool:
    return seen.trouble is Trouble.REFUSED


def _silent(seen: Observed) -> bool:
    return seen.trouble is Trouble.SILENT


def _of_provider(kind: Trouble) -> When:
    return lambda seen: seen.target.provider and seen.trouble is kind


def _usual_unreached(seen: Observed) -> bool:
    unreached = (Trouble.UNRESOLVED, Trouble.REFUSED, Trouble.UNREACHABLE)
    return seen.target.usual and seen.trouble in unreached


ON_THE_WAY = (
    Symptom(
        Hop.TCP,
        "no way to a pod's provider at its usual address",
        _usual_unreached,
        "{where} cannot be reached: {words}",
        "check the network",
    ),
    Symptom(
        Hop.NAME,
        "no resolver knows the host",
        _trouble(Trouble.UNRESOLVED),
        "the name {host} cannot be resolved (DNS)",
        "check the host in {setting}, and the network",
        frequent=True,
    ),
    Symptom(
        Hop.TCP,
        "connection refused by the address of a pod's provider",
        _of_provider(Trouble.REFUSED),
        "nothing listens at {where} (connection refused)",
        "check {setting}",
    ),
    Symptom(
        Hop.TCP,
        "connection refused",
        _refused,
        "nothing listens at {where} (connection refused)",
        "start the server {there} (for Ollama: ollama serve), or correct {setting}",
        frequent=True,
    ),
    Symptom(
        Hop.TCP,
        "no answer to the connection within the limit",
        _trouble(Trouble.NOT_TAKEN),
        "{where} did not take the connection within {limit}",
        "see that {host} is up and that no firewall or missing VPN is in between",
        frequent=True,
    ),
    Symptom(
        Hop.TCP,
        "any other error of the system: no route, network down",
        _trouble(Trouble.UNREACHABLE),
        "{where} cannot be reached: {words}",
        "check the network and {setting}",
    ),
    Symptom(
        Hop.TLS,
        "`ca` names a file that is missing, closed to us, or no certificate",
        _trouble(Trouble.AUTHORITY_FILE),
        "the endpoint's ca cannot be used: {words}",
        "name a readable PEM file with the authority's certificate as its ca",
    ),
    Symptom(
        Hop.TLS,
        "`cert` or `cert_key` cannot be read, or they do not belong together",
        _trouble(Trouble.CERTIFICATE_FILE),
        "the endpoint's cert and cert_key cannot be used: {words}",
        "name readable PEM files: your certificate as cert, its key without a password as cert_key",
    ),
    Symptom(
        Hop.TLS,
        "the certificate of a pod's provider is none that is trusted",
        _of_provider(Trouble.UNTRUSTED),
        "the certificate of {where} is not trusted: {words}",
        "if it is your network's own, export SSL_CERT_FILE=FILE with its authority's certificate "
        "beside the usual ones",
    ),
    Symptom(
        Hop.TLS,
        "the certificate is signed by nobody known, is for another name, or has expired",
        _trouble(Trouble.UNTRUSTED),
        "the certificate of {where} is not trusted: {words}",
        "if it is your own, name its authority's file: ca = \"FILE\" in the endpoint's table",
        frequent=True,
    ),
    Symptom(
        Hop.TLS,
        "what answers does not speak TLS, or another version of it",
        _trouble(Trouble.NO_TLS),
        "no secure connection to {where} ({words})",
        "if the server speaks plain HTTP, write http:// in {setting}",
    ),
    Symptom(
        Hop.PROXY,
        "a proxy variable begins with socks and the package for it is missing",
        _trouble(Trouble.SOCKS),
        "the proxy named in {proxies} speaks SOCKS, which this installation does not",
        "pip install socksio, or unset the variable",
    ),
    Symptom(
        Hop.PROXY,
        "a proxy variable that holds no proxy's address",
        _trouble(Trouble.BAD_PROXY),
        "the proxy named in {proxies} cannot be used",
        "name an http:// or https:// proxy there, or unset the variable",
    ),
    Symptom(
        Hop.PROXY,
        "the proxy of the environment takes no connection",
        _trouble(Trouble.PROXY_UNREACHED),
        "the proxy named in {proxies} cannot be reached: {words}",
        "unset it, or add {unproxied} to NO_PROXY",
    ),
    Symptom(
        Hop.PROXY,
        "the proxy of the environment refuses the way",
        _trouble(Trouble.PROXY_REFUSED),
        "the proxy named in {proxies} did not let the request to {where} through: {words}",
        "unset it, or add {unproxied} to NO_PROXY",
    ),
)

#: These come behind the rows on pods, which know more.
AFTER_THE_WAY = (
    Symptom(
        Hop.SERVER,
        "what comes back is not HTTP",
        _trouble(Trouble.NOT_HTTP),
        "what {where} answered is not HTTP",
        "something else listens there, or it wants https: check {setting}",
    ),
    Symptom(
        Hop.SERVER,
        "a pod's provider closes the connection before its reply begins",
        _of_provider(Trouble.CLOSED),
        "{where} closed the connection before it answered",
        "it may be in trouble for a moment: ask again",
    ),
    Symptom(
        Hop.SERVER,
        "the connection is closed before the reply begins",
        _trouble(Trouble.CLOSED),
        "{where} closed the connection before it answered",
        "see that the server still runs; its own log says more",
    ),
    Symptom(
        Hop.SERVER,
        "no byte of an answer within the limit, through a pod's proxy, the model in memory",
        lambda seen: _silent(seen) and seen.target.through_pod_proxy and seen.warm,
        "no byte came from {where}{silence}{after}",
        f"{SHORTEN}; {PAST_THE_PROXY}",
    ),
    Symptom(
        Hop.SERVER,
        "no byte of an answer within the limit, through a pod's proxy",
        lambda seen: _silent(seen) and seen.target.through_pod_proxy and seen.prompted,
        "no byte came from {where}{silence}{after}",
        f"{PRELOAD}; {PAST_THE_PROXY}",
        frequent=True,
    ),
    Symptom(
        Hop.SERVER,
        "no byte of an answer within the limit",
        lambda seen: _silent(seen) and seen.prompted,
        "no byte came from {where}{silence}{after}",
        "if it may take longer, raise the limit with --timeout",
    ),
    Symptom(
        Hop.SERVER,
        "no byte from a pod's provider within the limit",
        _of_provider(Trouble.SILENT),
        "no byte came from {where}{silence}{after}",
        "it may be slow for a moment: ask again",
    ),
    Symptom(
        Hop.SERVER,
        "no byte within the limit of a short question, such as its version",
        _silent,
        "no byte came from {where}{silence}{after}",
        "it hangs or is overloaded: wait, or start it again; " + LOG,
    ),
    Symptom(
        Hop.PROXY,
        "a reply that is compressed and cannot be unpacked",
        _trouble(Trouble.PACKED),
        "what {where} sent cannot be unpacked, after {received}",
        "a proxy in between compresses the stream and should not",
    ),
    Symptom(
        Hop.ROUND_TRIP,
        "the connection breaks in the middle of a reply",
        _trouble(Trouble.LOST),
        "connection lost after {received}",
        "see that {host} still runs, then ask again",
    ),
    Symptom(
        Hop.SERVER,
        "a request that cannot be written: an impossible host or header",
        _trouble(Trouble.UNWRITABLE),
        "a request to {where} cannot be written: {words}",
        "check {setting} and its headers",
    ),
)
