from __future__ import annotations

import pytest

from bbtui.domain.address import (
    THIS_MACHINE,
    base_url,
    host_key,
    is_local_network,
    mask_url,
    through_pod_proxy,
    written_url,
)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("  ", "http://127.0.0.1:11434"),
        ("1.2.3.4", "http://1.2.3.4:11434"),
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:8080", "http://gpu-box:8080"),
        (":5678", "http://127.0.0.1:5678"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:5678", "http://127.0.0.1:5678"),
        ("http://0.0.0.0:5678", "http://127.0.0.1:5678"),
        ("http://host", "http://host"),
        ("http://host:80/", "http://host"),
        ("https://host", "https://host"),
        ("https://host:443", "https://host"),
        ("https://host:8443", "https://host:8443"),
        ("https://host/path/", "https://host/path"),
        ("host/path/", "http://host:11434/path"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]:5678", "http://[::1]:5678"),
        ("http://[::1]:5678", "http://[::1]:5678"),
        ("::", "http://[::1]:11434"),
        ('"host"', "http://host:11434"),
        ("' host '", "http://host:11434"),
        ("host:banana", "http://host:11434"),
        ("host:70000", "http://host:11434"),
        ("HTTP://Host", "http://host"),
        ("http:/h", "http://http:11434/h"),
        ("abc123-11434.proxy.runpod.net", "https://abc123-11434.proxy.runpod.net"),
        ("abc123-11434.proxy.runpod.net:70000", "https://abc123-11434.proxy.runpod.net"),
        ("http://abc123-11434.proxy.runpod.net", "https://abc123-11434.proxy.runpod.net"),
        ("https://abc123-11434.proxy.runpod.net/", "https://abc123-11434.proxy.runpod.net"),
        ("http://[fe80::1%25eth0]:5678", "http://[fe80::1%eth0]:5678"),
        ("[FE80::1%Eth0]", "http://[fe80::1%Eth0]:11434"),
        ("fe80::1%25", "http://[fe80::1%25]:11434"),
        ("http://host/v1/chat/completions", "http://host/v1"),
        ("http://host/v1/models/", "http://host/v1"),
        ("https://host/v1beta/openai/chat/completions", "https://host/v1beta/openai"),
        ("https://host/v1beta/openai/models", "https://host/v1beta/openai"),
        ("https://host/api/paas/v4/chat/completions", "https://host/api/paas/v4"),
        ("https://host/inference/chat/completions", "https://host/inference"),
        ("https://host/api/chat/completions", "https://host/api"),
        ("http://host:11434/api/chat", "http://host:11434"),
        ("host/api/generate", "http://host:11434"),
        ("https://host/ollama/api/tags", "https://host/ollama"),
        ("https://host/models", "https://host/models"),
    ],
)
def test_address_is_read_as_ollama_reads_it(text: str, url: str) -> None:
    assert base_url(text) == url
    assert base_url(url) == url, "reading it again changes nothing"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ftp://host", '"ftp://host" does not start with http:// or https://'),
        ("http://", '"http://" has no host'),
        (
            "http://host:banana",
            '"http://host:banana" is not a URL: invalid host or port',
        ),
        ("http://host:70000", '"http://host:70000" is not a URL: invalid host or port'),
        ("http://[::1", '"http://[::1" is not a URL: invalid host or port'),
        ("two words", "\"two words\" is not a URL: 'two words' is not a host name"),
        (
            "me:hunter2@host",
            '"host" is not a URL: it does not start with http:// or https://',
        ),
        ("http://a..b", "\"http://a..b\" is not a URL: 'a..b' is not a host name"),
        (
            "http://host/?key=1",
            '"http://host/?…" has a query (?) or fragment (#), which a base URL must not have',
        ),
    ],
)
def test_invalid_address_is_refused_with_the_reason(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        base_url(text)
    assert str(caught.value) == sentence


def test_no_error_repeats_a_password() -> None:
    with pytest.raises(ValueError, match="not a host name") as caught:
        base_url("http://me:hunter2@a..b")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "gpu-box", ":5678", "::1", "[::1]:5678", "host/path/", "http://h:1", "httpd:80"]
)
def test_valid_address_is_the_same_in_a_configuration(text: str) -> None:
    assert written_url(text) == base_url(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "host:banana",
            '"host:banana" has no valid port after its colon: a port is a number up to',
        ),
        ("host:70000", '"host:70000" has no valid port after its colon: a port is a number up to'),
        ("host:", '"host:" has no valid port after its colon: a port is a number up to 65535'),
        ("[::1]:x", '"[::1]:x" has no valid port after its colon: a port is a number up to 65535'),
        ("http:/host", "http: must be followed by two slashes: http://host"),
        ("HTTPS:host:1/v1", "HTTPS: must be followed by two slashes: HTTPS://host:1/v1"),
        ("https//host", "https: must be followed by two slashes: https://host"),
        ("http:/me:hunter2@host", "http: must be followed by two slashes: http://host"),
        ("http://host:banana", '"http://host:banana" is not a URL: invalid host or port'),
        ("http://me:hunter2@host", "an address must not contain a user name or password: send"),
        ("ftp://host/hunter2/v1", '"ftp://host/…/v1" does not start with http:// or https://'),
        ("https://host/v1/hunter2?x", '"https://host/v1/…?…" has a query (?) or fragment (#)'),
        ("https://host/v1#hunter2", '"https://host/v1#…" has a query (?) or fragment (#)'),
        ("http://me:hunter2/x@host:y/v1", '"http://host:y/v1" is not a URL: invalid host or port'),
        ("http://host:y/hunter2", '"http://host:y/…" is not a URL: invalid host or port'),
        ("http:host/hunter2", "http: must be followed by two slashes: http://host/…"),
        ("host:y/hunter2", '"host:y/…" has no valid port after its colon'),
        ("me:hunter2@host/hunter2", '"host/…" is not a URL: it does not start with http'),
    ],
)
def test_invalid_or_secret_address_is_refused_in_a_configuration(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        written_url(text)
    assert str(caught.value).startswith(sentence)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("http://[::1]:11434/x", "http://[::1]:11434/x"),
        ("https://abc123xyz-11434.proxy.runpod.net", "https://abc…-11434.proxy.runpod.net"),
        ("https://abc123xyz-11434.proxy.runpod.net/v1", "https://abc…-11434.proxy.runpod.net/v1"),
        ("https://me:hunter2@host/v1", "https://host/v1"),
        ("https://host/v1?key=hunter2", "https://host/v1?…"),
    ],
)
def test_secret_parts_of_an_address_are_masked(url: str, shown: str) -> None:
    assert mask_url(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:11434",
        "http://127.8.8.8:1",
        "http://localhost:11434",
        "http://LOCALHOST",
        "http://ollama.localhost",
        "http://[::1]:5678",
        "http://[::ffff:127.0.0.1]:5678",
        "http://0.0.0.0:1",
    ],
)
def test_every_loopback_spelling_is_this_machine(url: str) -> None:
    assert host_key(url) == THIS_MACHINE
    assert is_local_network(url)


def test_machines_are_distinguished_by_host() -> None:
    assert host_key("http://gpu-box:11434") == host_key("http://GPU-BOX:8080") == "gpu-box"
    assert host_key("http://10.0.0.1:1") != host_key("http://10.0.0.2:1")
    one, other = "https://abc-11434.proxy.runpod.net", "https://abc-8000.proxy.runpod.net"
    assert host_key(one) == host_key(other) != host_key("https://abd-8000.proxy.runpod.net")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://10.0.0.1:11434", True),
        ("http://192.168.1.7:11434", True),
        ("http://gpu-box:11434", True),
        ("http://studio.local:11434", True),
        ("https://abc-11434.proxy.runpod.net", False),
        ("http://8.8.8.8:11434", False),
    ],
)
def test_hosts_on_the_own_network_are_nearby(url: str, expected: bool) -> None:
    assert is_local_network(url) is expected


def test_pod_proxy_is_known_by_its_name() -> None:
    assert through_pod_proxy("https://abc-11434.proxy.runpod.net/v1")
    assert not through_pod_proxy("https://proxy.runpod.net.example")
