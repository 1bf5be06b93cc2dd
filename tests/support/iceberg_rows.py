"""Records for a table with columns of each type, and the rows that they come to, by the standard library alone.

Types and what they take: Amazon Data Firehose's developer guide, Iceberg considerations; form of the values: the table
specification of Apache Iceberg, single values in JSON.
"""

import base64
import json
import random
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

DDL = """CREATE TABLE lake.all_types (
  flag boolean, small int, large bigint, ratio double, price decimal(12,3), day date, moment timestamp,
  name string, raw binary, tags array<int>, attributes map<string,bigint>, place struct<x:double,city:string>
) PARTITIONED BY (day(moment)) TBLPROPERTIES ('table_type'='ICEBERG')
"""

numbers = random.Random(20260101)
EPOCH = datetime(1970, 1, 1)


def either(value, other):
    return numbers.choice([value, other])


def flag():
    value = numbers.choice([True, False])
    return numbers.choice([value, int(value), str(value).lower()]), value


def whole(bits):
    value = numbers.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1))
    return either(value, str(value)), value


def ratio():
    value = numbers.uniform(-1e6, 1e6)
    return either(value, repr(value)), value


def price():
    value = Decimal(numbers.randrange(-(10**12) + 1, 10**12)).scaleb(-3)
    return either(str(value), float(value) if abs(value) < 10**6 else str(value)), str(value)


def day():
    value = date(1970, 1, 1) + timedelta(days=numbers.randrange(-20_000, 40_000))
    return either((value - date(1970, 1, 1)).days, value.isoformat()), value.isoformat()


def moment():
    micros = numbers.randrange(-(10**14), 4 * 10**15)
    value = EPOCH + timedelta(microseconds=micros)
    offset = timezone(timedelta(minutes=15 * numbers.randrange(-48, 49)))
    there = value.replace(tzinfo=timezone.utc).astimezone(offset)
    return numbers.choice([micros, value.isoformat() + "Z", value.isoformat(), there.isoformat()]), value


def raw():
    data = numbers.randbytes(numbers.randrange(0, 24))
    text = numbers.choice([data.hex(), base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()])
    return text, text


def tags():
    value = [numbers.choice([None, numbers.randrange(100)]) for _ in range(numbers.randrange(4))]
    return either(value, json.dumps(value)), value


def attributes():
    value = {f"k{n}": numbers.randrange(10**12) for n in range(numbers.randrange(3))}
    return either(value, json.dumps(value)), value


def place():
    x = numbers.randrange(1000) / 8
    return {"x": x, "more": 1}, {"x": x, "city": None}


COLUMNS = {
    "flag": flag,
    "small": lambda: whole(32),
    "large": lambda: whole(64),
    "ratio": ratio,
    "price": price,
    "day": day,
    "moment": moment,
    "name": lambda: ("é\n\"", "é\n\""),
    "raw": raw,
    "tags": tags,
    "attributes": attributes,
    "place": place,
}


def fits(name, wanted, found):
    """Whether a value of a row is the one that is wanted: moments and decimals by what they mean."""
    if wanted is None or found is None:
        return wanted is found
    if name == "moment":
        return datetime.fromisoformat(found) == wanted
    if name == "price":
        return Decimal(found) == Decimal(wanted) and len(found.split(".")[1]) == 3
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def make():
    for _ in range(400):
        record, row = {"unknown": True}, {}
        for name, column in COLUMNS.items():
            given, wanted = column()
            absent = numbers.randrange(10) == 0
            row[name] = None if absent else wanted
            if not absent:
                record[name] = given
            elif numbers.randrange(2):
                record[name] = None
        yield record, row


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    made = list(make())
    if len(sys.argv) == 2:
        (folder / "table.sql").write_text(DDL)
        lines = (json.dumps(record, ensure_ascii=numbers.choice([True, False])) + "\n" for record, _ in made)
        (folder / "samples.jsonl").write_text("".join(lines), encoding="utf-8")
    else:
        rows = [json.loads(line)["row"] for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()]
        assert len(rows) == len(made), (len(rows), len(made))
        for (record, wanted), row in zip(made, rows):
            assert list(row) == list(COLUMNS), row
            for name, value in wanted.items():
                assert fits(name, value, row[name]), (name, record.get(name), value, row[name])
