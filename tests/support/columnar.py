"""Reads columnar files with two independent readers; prints what they hold as JSON lines, one a file."""

import datetime
import decimal
import json
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


def plain(value, kind):
    if value is None:
        return None
    if pa.types.is_map(kind):
        items = value.items() if isinstance(value, dict) else value
        return [[plain(k, kind.key_type), plain(v, kind.item_type)] for k, v in items]
    if pa.types.is_list(kind):
        return [plain(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {field.name: plain(value[field.name], field.type) for field in kind}
    if pa.types.is_floating(kind):
        # A float of 32 bits is shown by its value in 64.
        return repr(float(value))
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    if isinstance(value, (datetime.date, decimal.Decimal)):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value


def read(path):
    table = pq.read_table(path, coerce_int96_timestamp_unit="us")
    names = table.schema.names
    kinds = [field.type for field in table.schema]
    arrow = [[plain(row[name], kind) for name, kind in zip(names, kinds)] for row in table.to_pylist()]
    cursor = duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
    duck = [[plain(value, kind) for value, kind in zip(row, kinds)] for row in cursor.fetchall()]
    exact = pq.read_table(path)
    nanos = {
        field.name: exact.column(field.name).cast(pa.int64()).to_pylist()
        for field in exact.schema
        if pa.types.is_timestamp(field.type)
    }
    file = pq.ParquetFile(path)
    meta = file.metadata
    leaf = file.schema.column
    groups = [meta.row_group(at) for at in range(meta.num_row_groups)]
    chunks = [group.column(at) for group in groups for at in range(group.num_columns)]
    return {
        "names": names,
        "arrow": arrow,
        "duck": duck,
        "nanos": nanos,
        "created_by": meta.created_by,
        "groups": [group.num_rows for group in groups],
        "codecs": sorted({chunk.compression for chunk in chunks}),
        "encodings": sorted({encoding for chunk in chunks for encoding in chunk.encodings}),
        "leaves": [
            [leaf(at).path, leaf(at).physical_type, leaf(at).logical_type.type, leaf(at).max_definition_level]
            for at in range(len(file.schema))
        ],
    }


for path in sys.argv[1:]:
    print(json.dumps(read(path)))
