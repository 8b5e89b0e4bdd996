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
    failure, named, why = NetworkFailure.CA_FILE, files.ca, "no certificate in PEM format"
    try:
        context = _context(*environment, files.ca, "", "")
        if files.cert:
            failure = NetworkFailure.CERTIFICATE_FILE
            named = " with ".join(filter(None, (files.cert, files.cert_key)))
            why += ", or the key does not match it"
            context = _context(*environment, files.ca, files.cert, files.cert_key)
    except OSError as error:  # ssl.SSLError is one
        if not isinstance(error, ssl.SSLError):
            why = error.strerror or "it cannot be read"
        raise diagnosed_failure(
            Observation(peer.target(), network_failure=failure, detail=f"{named}: {why}")
        ) from error
    return context


@functools.lru_cache(maxsize=8)
def _context(
    cert_file: str | None, cert_dir: str | None, ca: str, cert: str, key: str
) -> ssl.SSLContext:
    del cert_file, cert_dir  # httpx reads the two variables itself
    context = httpx.create_ssl_context()
    if ca:
        context.load_verify_locations(cafile=ca)
    if cert:
        # Without a password OpenSSL would prompt for one on the terminal, under the screen.
        context.load_cert_chain(cert, key or None, password="")
    return context
