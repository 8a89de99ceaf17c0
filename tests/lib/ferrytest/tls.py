"""Certificates and clients of TLS."""
import hashlib
import os
import ssl
import subprocess

from ferrytest.client import Client, read_all
from ferrytest.server import DEADLINE


def make_certificate(directory, name="server", days=30, kind="ec", names="IP:127.0.0.1,IP:::1,DNS:localhost"):
    """A key and a certificate that signs itself, for loopback unless names say else; their paths."""
    key, certificate = f"{directory}/{name}.key", f"{directory}/{name}.crt"
    how = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["-newkey", "rsa:2048"]
    subprocess.run(["openssl", "req", "-x509", *how, "-nodes", "-keyout", key, "-out", certificate, "-days", str(days),
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}"],
                   check=True, capture_output=True, timeout=DEADLINE)
    os.chmod(key, 0o600)
    return certificate, key


def make_signed(directory, authority, name):
    """A client's, which the authority (a certificate and its key, as above) vouches for."""
    key, request, certificate = (f"{directory}/{name}.{ending}" for ending in ("key", "csr", "crt"))
    run = {"check": True, "capture_output": True, "timeout": DEADLINE}
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    key, "-out", request, "-subj", f"/CN={name}"], **run)
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", authority[0], "-CAkey", authority[1],
                    "-CAcreateserial", "-days", "30", "-out", certificate], **run)
    return certificate, key


def fingerprint(certificate):
    """Its SHA-256, as openssl-x509(1) writes it."""
    with open(certificate, encoding="ascii") as file:
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest().upper()
    return "SHA256:" + ":".join(digest[i:i + 2] for i in range(0, len(digest), 2))


def make_expired(directory, name="expired", names="IP:127.0.0.1", end="20200201000000Z"):
    """The same, good from 2020 until then: openssl-ca(1) alone takes dates."""
    key, request, certificate = (f"{directory}/{name}.{ending}" for ending in ("key", "csr", "crt"))
    conf = f"{directory}/{name}.conf"
    with open(conf, "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca=it\n[it]\ndatabase={directory}/{name}.index\nnew_certs_dir={directory}\n"
                   f"policy=any\ndefault_md=sha256\nrand_serial=yes\nx509_extensions=names\nunique_subject=no\n"
                   f"[any]\ncommonName=supplied\n[names]\nsubjectAltName={names}\n")
    with open(f"{directory}/{name}.index", "w", encoding="ascii"):
        pass
    run = {"check": True, "capture_output": True, "timeout": DEADLINE}
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                    "-out", request, "-subj", f"/CN={name}"], **run)
    subprocess.run(["openssl", "ca", "-batch", "-selfsign", "-config", conf, "-keyfile", key, "-in", request, "-notext",
                    "-out", certificate, "-startdate", "20200101000000Z", "-enddate", end], **run)
    os.chmod(key, 0o600)
    return certificate, key


def trust(certificate, version=None, alpn=None, own=None):
    """A client's context that trusts the certificate alone.  own: a certificate of the client's and its key."""
    context = ssl.create_default_context(cafile=certificate)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if own is not None:
        context.load_cert_chain(*own)
    if alpn is not None:
        context.set_alpn_protocols(alpn)
    return context


class TlsClient(Client):
    """A client that can go over to TLS.  reuse: data connections resume the control connection's session."""

    def __init__(self, server, context, login="alice", auth=True, protect=True, reuse=True, name="localhost", **args):
        self.context, self.protect, self.reuse, self.resumed, self.name = context, protect, reuse, None, name
        super().__init__(server, login=None, **args)
        if auth:
            self.auth()
        if login is not None:
            self.login(login)
        if auth:
            self.expect(200, "PBSZ 0")
            self.expect(200, f"PROT {'P' if protect else 'C'}")

    def auth(self, line="AUTH TLS"):
        self.expect(234, line)
        self.sock = self.context.wrap_socket(self.sock, server_hostname=self.name)
        self.buffer = b""

    def wrap(self, data):
        """The data connection's handshake, after the 150."""
        if not self.protect:
            return data
        data = self.context.wrap_socket(data, server_hostname=self.name,
                                        session=self.sock.session if self.reuse else None)
        self.resumed = data.session_reused
        return data

    def finish(self, data):
        """close_notify both ways, and the end."""
        if isinstance(data, ssl.SSLSocket):
            data = data.unwrap()
        data.close()

    def retr(self, line, final=226):
        data = self.connect()
        self.expect(150, line)
        data = self.wrap(data)
        content = read_all(data)
        self.finish(data)
        reply = self.reply()
        if reply.code != final:
            raise AssertionError(f"{line!r}: {reply!r}, not {final}")
        return content, reply

    def stor(self, line, content, final=226):
        data = self.connect()
        first = self.expect(150, line)
        data = self.wrap(data)
        data.sendall(content)
        self.finish(data)
        reply = self.reply()
        if reply.code != final:
            raise AssertionError(f"{line!r}: {reply!r}, not {final}")
        return first, reply


