"""Makes TLS contexts: the usual CAs, an additional one, and a client certificate."""

from __future__ import annotations

import functools
import os
import ssl

import httpx

from bbtui.clients.http.peer import Peer
from bbtui.clients.http.replies import diagnosed_failure
from bbtui.domain.observation import NetworkFailure, Observation


def tls_context(peer: Peer) -> ssl.SSLContext:
    """Return the TLS context for a peer, made once for each set of files.

    Raise RequestFailed if one of its files cannot be used.
    """
    files = peer.files
    environment = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        _with_ca(*environment, files.ca)
    except OSError as error:  # ssl.SSLError is one
        raise _unusable_file(peer, NetworkFailure.CA_FILE, files.ca, error) from error
    try:
        return _with_certificate(*environment, files.ca, files.cert, files.cert_key)
    except OSError as error:
        pair = " with ".join(filter(None, (files.cert, files.cert_key)))
        raise _unusable_file(peer, NetworkFailure.CERTIFICATE_FILE, pair, error) from error


def _unusable_file(peer: Peer, trouble: NetworkFailure, files: str, error: OSError) -> Exception:
    if isinstance(error, ssl.SSLError):
        why = "no certificate in PEM format, or the key does not match it"
        if trouble is NetworkFailure.CA_FILE:
            why = "no certificate in PEM format"
    else:
        why = error.strerror or "it cannot be read"
    return diagnosed_failure(
        Observation(peer.target(), network_failure=trouble, detail=f"{files}: {why}")
    )


@functools.lru_cache(maxsize=8)
def _with_ca(cert_file: str | None, cert_dir: str | None, ca: str) -> ssl.SSLContext:
    return _new_context(cert_file, cert_dir, ca)


@functools.lru_cache(maxsize=8)
def _with_certificate(
    cert_file: str | None, cert_dir: str | None, ca: str, cert: str, key: str
) -> ssl.SSLContext:
    """Return a context with the client certificate, if there is one."""
    if not cert:
        return _with_ca(cert_file, cert_dir, ca)
    context = _new_context(cert_file, cert_dir, ca)
    # Without a password OpenSSL would prompt for one on the terminal, under the screen.
    context.load_cert_chain(cert, key or None, password="")
    return context


def _new_context(cert_file: str | None, cert_dir: str | None, ca: str) -> ssl.SSLContext:
    del cert_file, cert_dir  # httpx reads the two variables itself
    context = httpx.create_ssl_context()
    if ca:
        context.load_verify_locations(cafile=ca)
    return context
