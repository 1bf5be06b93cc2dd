"""An HTTPS server with certificates of its own: python3 tls_server.py FOLDER HOST.

Makes an authority (FOLDER/ca.pem) and a certificate for HOST signed by it, prints its port, and answers bulks, collectors and
HTTP endpoints as they want it. What it read lies in FOLDER/received.jsonl.
"""

import datetime
import ipaddress
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FOLDER, HOST = Path(sys.argv[1]), sys.argv[2]


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, issuer, key, signer, extensions):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(signer, hashes.SHA256())


def alternative(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def pem(thing):
    return thing.public_bytes(serialization.Encoding.PEM)


authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
authority_name = name("An authority for this test")
authority = certificate(
    authority_name, authority_name, authority_key, authority_key, [x509.BasicConstraints(ca=True, path_length=0)]
)
own = certificate(
    name("endpoint"),
    authority_name,
    key,
    authority_key,
    [x509.BasicConstraints(ca=False, path_length=None), x509.SubjectAlternativeName([alternative(HOST)])],
)
(FOLDER / "ca.pem").write_bytes(pem(authority))
(FOLDER / "own.pem").write_bytes(pem(own))
private = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
(FOLDER / "own.key").write_bytes(private)


class Endpoint(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(FOLDER / "received.jsonl", "a") as log:
            log.write(json.dumps({"path": self.path, "tls": self.connection.version(), "bytes": len(body)}) + "\n")
        if self.path.endswith("/_bulk"):
            documents = body.decode().splitlines()[1::2]
            answer = {"took": 1, "errors": False, "items": [{"index": {"status": 201}} for _ in documents]}
        elif self.path.endswith("/invocations"):
            records = json.loads(body)["records"]
            answer = {"records": [{**record, "result": "Ok"} for record in records]}
        elif self.path.split("?")[0].endswith("/ack"):
            answer = {"acks": {"7": True}}
        elif "X-Splunk-Request-Channel" in self.headers:
            answer = {"text": "Success", "code": 0, "ackId": 7}
        else:
            answer = {"requestId": self.headers["X-Amz-Firehose-Request-Id"], "timestamp": 1}
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(FOLDER / "own.pem", FOLDER / "own.key")


class Server(HTTPServer):
    """A handshake that fails ends its connection, not the server."""

    def get_request(self):
        connection, address = super().get_request()
        connection.settimeout(60)
        return context.wrap_socket(connection, server_side=True), address


server = Server(("127.0.0.1", 0), Endpoint)
print(server.server_address[1], flush=True)
server.serve_forever()
