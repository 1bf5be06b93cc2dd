"""Reads the objects of a simulation with readers that nobody here wrote, and prints what lies in them, end to end.

gzip and zipfile are Python's own; raw Snappy is cramjam's; the containers around Snappy are walked as the service
behaviour sheet, section 8, tells them. Usage: judges.py FOLDER
"""

import gzip
import io
import json
import pathlib
import struct
import sys
import zipfile

import cramjam

BLOCK = 32 * 1024


def snappy(body):
    magic = b"\x82SNAPPY\x00"
    assert body[:8] == magic, body[:8]
    assert struct.unpack(">II", body[8:16]) == (1, 1)
    at, out = 16, b""
    while at < len(body):
        (length,) = struct.unpack(">I", body[at : at + 4])
        piece = bytes(cramjam.snappy.decompress_raw(body[at + 4 : at + 4 + length]))
        at += 4 + length
        assert len(piece) == BLOCK or at == len(body), "a block that is not full is the last"
        out += piece
    return out


def hadoop_snappy(body):
    at, out = 0, b""
    while at < len(body):
        plain, length = struct.unpack(">II", body[at : at + 8])
        piece = bytes(cramjam.snappy.decompress_raw(body[at + 8 : at + 8 + length]))
        assert len(piece) == plain <= BLOCK
        at += 8 + length
        out += piece
    return out


def unzip(body):
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (entry,) = archive.infolist()
        assert entry.compress_type == zipfile.ZIP_DEFLATED
        assert archive.testzip() is None
        return archive.read(entry)


def ungzip(body):
    assert body[4:8] == b"\0\0\0\0", "no modification time"
    return gzip.decompress(body)


DECODERS = {None: bytes, "gzip": ungzip, "zip": unzip, "snappy-java": snappy, "hadoop-snappy": hadoop_snappy}

folder = pathlib.Path(sys.argv[1])
for line in (folder / "manifest.jsonl").read_text().splitlines():
    delivery = json.loads(line)
    body = (folder / delivery["path"]).read_bytes()
    assert len(body) == delivery["bytes_out"]
    plain = DECODERS[delivery.get("content_encoding")](body)
    assert len(plain) == delivery["bytes_in"], (len(plain), delivery)
    sys.stdout.buffer.write(plain)
