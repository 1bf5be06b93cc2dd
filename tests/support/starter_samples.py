"""Makes the sample files of the starters, the same bytes every time: python3 tests/support/starter_samples.py FOLDER.

The numbers come from a generator of our own, so that no version of Python changes them. Nobody in them is real.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

BEGIN = datetime(2026, 1, 1, 9, 58, tzinfo=timezone.utc)


class Numbers:
    """A linear congruential generator; its upper bits are good enough for samples."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % bound

    def pick(self, values):
        return values[self.below(len(values))]

    def often(self, values):
        """The first values more often than the last."""
        return values[min(self.below(len(values)), self.below(len(values)))]


def moments(numbers, count, step_ms):
    """Moments from ten o'clock's last minutes on, each up to two steps after the one before."""
    now = BEGIN
    for _ in range(count):
        now += timedelta(milliseconds=1 + numbers.below(2 * step_ms))
        yield now


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def order(numbers, moment, number):
    items = [
        {"sku": f"sku-{numbers.below(400):04}", "quantity": 1 + numbers.below(4)} for _ in range(1 + numbers.below(3))
    ]
    cents = 499 + numbers.below(24_500)
    return {
        "time": iso(moment),
        "order_id": f"o-{100000 + number}",
        "customer": f"c{numbers.below(150):04}",
        "amount": cents / 100,
        "items": items,
        "gift": numbers.below(8) == 0,
    }


def orders(numbers):
    for number, moment in enumerate(moments(numbers, 400, 700)):
        yield order(numbers, moment, number)


def orders_to_clean(numbers):
    """Orders with addresses to take out, some of tests."""
    for number, moment in enumerate(moments(numbers, 300, 900)):
        made = order(numbers, moment, number)
        made["email"] = made["customer"] + "@example.com"
        if numbers.below(15) == 0:
            made["test"] = True
        yield made


def tenant_events(numbers):
    tenants = ["acme", "birch", "cobalt", "delta", "ember", "fjord"]
    for moment in moments(numbers, 500, 500):
        yield {
            "time": iso(moment),
            "tenant": numbers.often(tenants),
            "type": numbers.often(["viewed", "searched", "saved", "shared", "deleted"]),
            "user": f"u{numbers.below(90):03}",
            "ms": 8 + numbers.below(900),
        }


def transactions(numbers):
    countries = ["United Kingdom", "France", "Germany", "Spain", "Norway"]
    goods = ["white candle", "paper lantern", "tea towel", "glass jar", "wooden spoon", "red mug"]
    for moment in moments(numbers, 400, 600):
        good = numbers.below(len(goods))
        yield {
            "time": iso(moment),
            "invoice": f"{489000 + numbers.below(900)}",
            "stock_code": f"{21000 + good}",
            "description": goods[good],
            "quantity": 1 + numbers.below(24),
            "price": (85 + 40 * good) / 100,
            "customer": f"{13000 + numbers.below(400)}",
            "country": numbers.often(countries),
        }


def page_views(numbers):
    for moment in moments(numbers, 400, 700):
        view = {
            "viewed_at": iso(moment),
            "visitor": f"v{numbers.below(120):04}",
            "page": numbers.often(["/", "/pricing", "/docs", "/blog", "/login", "/cart"]),
            "ms": 20 + numbers.below(800),
        }
        if numbers.below(3) == 0:
            view["referrer"] = numbers.pick(["https://search.example.com/", "https://news.example.org/a"])
        yield view


def application_logs(numbers, clock="@timestamp"):
    said = [
        ("INFO", "order accepted", 200),
        ("INFO", "cart updated", 200),
        ("WARN", "stock is low", 200),
        ("ERROR", "payment was refused", 402),
        ("ERROR", "warehouse did not answer", 504),
    ]
    for moment in moments(numbers, 400, 600):
        level, message, status = numbers.often(said)
        yield {
            clock: iso(moment),
            "level": level,
            "service": numbers.pick(["checkout", "catalogue", "stock"]),
            "message": message,
            "http": {"status": status, "method": "POST", "ms": 5 + numbers.below(700)},
            "trace": f"{numbers.below(2**31):08x}",
        }


def datadog_logs(numbers):
    for log in application_logs(numbers, "time"):
        status = log.pop("level").lower()
        yield {**log, "status": status, "ddsource": "checkout"}


def audit_events(numbers):
    """Events of Splunk's collector; `time` in seconds, as it wants them."""
    for moment in moments(numbers, 300, 900):
        user = f"u{numbers.below(60):03}"
        yield {
            "time": round(moment.timestamp(), 3),
            "host": f"web-{1 + numbers.below(4)}",
            "source": "audit",
            "sourcetype": "_json",
            "event": {
                "time": iso(moment),
                "user": user,
                "action": numbers.often(["signed-in", "read", "changed", "exported", "refused"]),
                "object": f"account/{numbers.below(500)}",
            },
        }


def events(numbers):
    for number, moment in enumerate(moments(numbers, 400, 600)):
        yield {
            "time": iso(moment),
            "id": f"e-{number + 1:06}",
            "type": numbers.often(["created", "updated", "paid", "shipped", "returned"]),
            "account": f"a{numbers.below(80):03}",
            "value": numbers.below(50_000) / 100,
        }


def readings(numbers):
    for moment in moments(numbers, 600, 500):
        yield {
            "time": iso(moment),
            "sensor": f"s-{numbers.below(40):02}",
            "temperature": (1800 + numbers.below(900)) / 100,
            "humidity": (3000 + numbers.below(4000)) / 100,
        }


def subscription_documents(numbers):
    """What CloudWatch Logs sends to a subscription, before it is gzipped; one is its test message."""
    frame = {"owner": "123456789012", "logGroup": "/app/checkout", "subscriptionFilters": ["checkout"]}
    yield {
        "messageType": "CONTROL_MESSAGE",
        "owner": "CloudwatchLogs",
        "logGroup": "",
        "logStream": "",
        "subscriptionFilters": [],
        "logEvents": [
            {
                "id": "",
                "timestamp": int(BEGIN.timestamp() * 1000),
                "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose.",
            }
        ],
    }
    logs = list(application_logs(numbers, "time"))
    while logs:
        count = 1 + numbers.below(6)
        batch, logs = logs[:count], logs[count:]
        entries = []
        for log in batch:
            moment = datetime.fromisoformat(log["time"].replace("Z", "+00:00"))
            entries.append(
                {
                    "id": "".join(str(numbers.below(10)) for _ in range(56)),
                    "timestamp": int(moment.timestamp() * 1000),
                    "message": line(log),
                }
            )
        stream = f"checkout/{numbers.below(4)}"
        yield {"messageType": "DATA_MESSAGE", **frame, "logStream": stream, "logEvents": entries}


def line(value):
    return json.dumps(value, separators=(",", ":"))


SAMPLES = {
    "cloudwatch-logs-to-s3": subscription_documents,
    "datadog": datadog_logs,
    "http-endpoint": events,
    "iceberg": readings,
    "kinesis-to-s3": transactions,
    "lambda-node": orders_to_clean,
    "lambda-python": orders_to_clean,
    "opensearch": application_logs,
    "redshift": page_views,
    "s3-parquet": orders,
    "s3-partitioned": tenant_events,
    "snowflake": events,
    "splunk": audit_events,
    # Behind the others, whose numbers follow from their place.
    "opensearch-serverless": application_logs,
}

if __name__ == "__main__":
    for seed, (starter, make) in enumerate(SAMPLES.items(), 1):
        folder = Path(sys.argv[1]) / starter
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(line(value) + "\n" for value in make(Numbers(seed)))
        (folder / "samples.jsonl").write_bytes(text.encode())
