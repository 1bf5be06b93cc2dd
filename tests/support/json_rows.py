"""Holds rows as lines of JSON against what PyArrow, and DuckDB where it can, read in the file: pairs of paths, a file and its
lines. Prints the number of rows of each pair, or the first difference."""

import base64
import datetime
import decimal
import json
import math
import struct
import sys

import duckdb
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq
from arrow_types import micros


class Number(str):
    """A number as it is written."""


def parsed(line):
    return json.loads(line, object_pairs_hook=tuple, parse_int=Number, parse_float=Number, parse_constant=None)


def moment(value):
    text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
    return text.rstrip("0").rstrip(".")


def is_float(found, value, kind):
    if not math.isfinite(value):
        named = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
        return found == named and not isinstance(found, Number)
    if pa.types.is_float32(kind):
        return struct.pack("f", float(found)) == struct.pack("f", value)
    return float(found) == value and isinstance(found, Number)


def agree(found, value, kind):
    if value is None:
        return found is None
    if pa.types.is_map(kind):
        items = list(value.items() if isinstance(value, dict) else value)
        return len(items) == len(found) and all(
            name == str(key) and agree(member, inner, kind.item_type)
            for (name, member), (key, inner) in zip(found, items)
        )
    if pa.types.is_list(kind):
        return len(found) == len(value) and all(agree(f, v, kind.value_type) for f, v in zip(found, value))
    if pa.types.is_struct(kind):
        return agree_members(found, [(field.name, value[field.name], field.type) for field in kind])
    if pa.types.is_floating(kind):
        return is_float(found, value, kind)
    if pa.types.is_decimal(kind):
        return isinstance(found, Number) and found == format(value.quantize(decimal.Decimal(1).scaleb(-kind.scale), context=decimal.Context(prec=60)), "f")
    if isinstance(value, bool):
        return found is value
    if isinstance(value, int):
        return isinstance(found, Number) and found == str(value)
    if isinstance(value, datetime.datetime):
        return found == moment(value)
    if isinstance(value, datetime.date):
        return found == value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return found == base64.b64encode(value).decode()
    return found == value and not isinstance(found, Number)


def agree_members(found, members):
    """In their order, and without what is null."""
    members = [member for member in members if member[1] is not None]
    return [name for name, _ in found] == [name for name, _, _ in members] and all(
        agree(f, value, kind) for (_, f), (_, value, kind) in zip(found, members)
    )


def readings(path):
    """The types of the columns, and the rows as each reader has them."""
    if path.endswith(".orc"):
        table = pa.orc.ORCFile(path).read()
    else:
        table = pq.read_table(path, coerce_int96_timestamp_unit="us")
    table = table.cast(pa.schema([(field.name, micros(field.type)) for field in table.schema]), safe=False)
    yield table.schema, [list(row) for row in zip(*(column.to_pylist() for column in table.columns))]
    if not path.endswith(".orc"):
        yield table.schema, duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()


def judge(path, lines):
    with open(lines, encoding="utf-8") as opened:
        found = [parsed(line) for line in opened.read().removesuffix("\n").split("\n")]
    for schema, rows in readings(path):
        if len(rows) != len(found):
            return f"{len(found)} lines, {len(rows)} rows"
        for line, row in zip(found, rows):
            if not agree_members(line, [(field.name, value, field.type) for field, value in zip(schema, row)]):
                return f"{line} is not {row}"
    return len(found)


for at in range(1, len(sys.argv), 2):
    print(json.dumps(judge(sys.argv[at], sys.argv[at + 1])))
