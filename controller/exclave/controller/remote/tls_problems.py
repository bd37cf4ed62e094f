"""What gRPC says when TLS fails, as what to do about it.

Owns: the words. Must not know: anything else. Invariant: what is not known to be about TLS is not taken for it.
"""

from __future__ import annotations

_PROBLEMS = (
    ("certificate has expired", "the executor's certificate has expired: renew it"),
    ("not yet valid", "the executor's certificate is not valid yet: look at both hosts' clocks"),
    ("is not in peer certificate", "the executor's certificate is for another name: look at TLS(server_name=...)"),
    ("Hostname Verification", "the executor's certificate is for another name: look at TLS(server_name=...)"),
    ("self signed certificate", "nobody here knows the authority of the executor's certificate: give TLS(ca=...)"),
    ("unable to get local issuer", "nobody here knows the authority of the executor's certificate: give TLS(ca=...)"),
    ("CERTIFICATE_VERIFY_FAILED", "the executor's certificate is not accepted here: look at TLS(ca=...)"),
    ("certificate verify failed", "the executor's certificate is not accepted here: look at TLS(ca=...)"),
    ("WRONG_VERSION_NUMBER", "the executor does not speak TLS: connect without tls=, or start it with --tls-cert"),
    ("HTTP_REQUEST", "the executor does not speak TLS: connect without tls=, or start it with --tls-cert"),
    ("handshake failed", "TLS failed"),
)


def tls_problem(text: str) -> str:
    """What to do about it; empty if it is nothing of TLS's."""
    return next((advice for words, advice in _PROBLEMS if words.lower() in text.lower()), "")
