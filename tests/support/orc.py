"""Reads ORC files with two readers, PyArrow and pyorc; prints what they hold as JSON lines, one a file.

With `--find JSON FILE...` each of `[column, kind, value]` is looked for through pyorc's search arguments, which go by
statistics and Bloom filters alone; the number of rows that are left is printed for each.
"""

import datetime
import decimal
import json
import sys

import pyarrow as pa
import pyarrow.orc
import pyorc
from pyorc.predicates import PredicateColumn
from arrow_types import micros


def plain(value, kind):
    if value is None:
        return None
    if pa.types.is_map(kind):
        items = value.items() if isinstance(value, dict) else value
        return [[plain(k, kind.key_type), plain(v, kind.item_type)] for k, v in items]
    if pa.types.is_list(kind):
        return [plain(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        values = list(value.values()) if isinstance(value, dict) else list(value)
        return {field.name: plain(member, field.type) for field, member in zip(kind, values)}
    if pa.types.is_floating(kind):
        return repr(float(value))
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    if isinstance(value, decimal.Decimal):
        return format(value.quantize(decimal.Decimal(1).scaleb(-kind.scale), context=decimal.Context(prec=60)), "f")
    if isinstance(value, datetime.date):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value


def json_default(value):
    return value.hex() if isinstance(value, bytes) else str(value)


def read(path):
    file = pa.orc.ORCFile(path)
    table = file.read()
    kinds = [field.type for field in table.schema]
    # Nanoseconds are shown by themselves; the rows are compared to the microsecond.
    nanos = {
        name: column.cast(pa.int64()).to_pylist()
        for name, column in zip(table.schema.names, table.columns)
        if pa.types.is_timestamp(column.type)
    }
    shown = table.cast(pa.schema([(field.name, micros(field.type)) for field in table.schema]), safe=False)
    columns = [[plain(value, kind) for value in column.to_pylist()] for column, kind in zip(shown.columns, kinds)]
    with open(path, "rb") as opened:
        reader = pyorc.Reader(opened)
        other = [[plain(value, kind) for value, kind in zip(row, kinds)] for row in reader]
        stripes = [
            {"rows": len(stripe), "offset": stripe.bytes_offset, "length": stripe.bytes_length}
            for stripe in reader.iter_stripes()
        ]
        # The begins of all row groups, from the back.
        sought, start = [], len(other)
        for stripe in reversed(stripes):
            start -= stripe["rows"]
            for at in reversed(range(start, start + stripe["rows"], file.row_index_stride)):
                reader.seek(at)
                rows = [next(reader) for _ in range(min(5, len(other) - at))]
                sought.append([[plain(v, k) for v, k in zip(row, kinds)] for row in rows] == other[at : at + 5])
        told = {
            "schema": str(reader.schema),
            "software_version": reader.software_version,
            "statistics": [reader[at].statistics for at in range(1 + count(reader.schema))][1:],
        }
    return {
        **told,
        "arrow": [list(row) for row in zip(*columns)],
        "pyorc": other,
        "sought": all(sought),
        "nanos": nanos,
        "stripes": stripes,
        "compression": str(file.compression),
        "version": str(file.file_version),
        "stride": file.row_index_stride,
        "writer": str(file.writer_version),
        "rows": file.nrows,
    }


def count(schema):
    """Types in a schema, without the outermost."""
    kind = type(schema)
    if kind is pyorc.Struct:
        return sum(1 + count(inner) for inner in schema.fields.values())
    if kind is pyorc.Array:
        return 1 + count(schema.type)
    if kind is pyorc.Map:
        return 2 + count(schema.key) + count(schema.value)
    return 0


def parsed(kind, value):
    if kind == "DATE":
        return datetime.date.fromisoformat(value)
    if kind == "TIMESTAMP":
        return datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.timezone.utc)
    if kind == "DECIMAL":
        return decimal.Decimal(value)
    return value


def find(wanted, path):
    found = []
    for name, kind, value in wanted:
        more = {"precision": 12, "scale": 3} if kind == "DECIMAL" else {}
        column = PredicateColumn(getattr(pyorc.TypeKind, kind), name, **more)
        with open(path, "rb") as opened:
            found.append(sum(1 for _ in pyorc.Reader(opened, predicate=column == parsed(kind, value))))
    return found


if sys.argv[1] == "--find":
    for path in sys.argv[3:]:
        print(json.dumps(find(json.loads(sys.argv[2]), path)))
else:
    for path in sys.argv[1:]:
        print(json.dumps(read(path), default=json_default))
