#!/usr/bin/env python3
"""Whole runs of firehose-kit beside their peers, in the same run; prints ratios as a Markdown table.

Needs: a release build (made here), pigz on the PATH for its row, and PyPI for cfn-lint and DuckDB (installed into
target/bench-venv). Rows whose peer is missing are named. Usage: benches/whole_runs.py [--megabytes 1000]
"""

import argparse
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "bench"
PROGRAM = ROOT / "target" / "release" / "firehose-kit"
PEERS = ["cfn-lint==1.51.0", "duckdb==2.0.0"]

STREAM = """\
  {name}:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::444455556666:role/delivery
        BucketARN: arn:aws:s3:::example-data
        Prefix: "data/!{{timestamp:yyyy/MM/dd}}/"
        ErrorOutputPrefix: "errors/!{{firehose:error-output-type}}/"
        CompressionFormat: {compression}
        BufferingHints: {{SizeInMBs: 5, IntervalInSeconds: 300}}
"""


def timed(command, repeat=3, **more):
    """The best wall time and the CPU time of it, in seconds."""
    best = None
    for _ in range(repeat):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if best is None or wall < best[0]:
            best = (wall, cpu)
    return best


def samples(megabytes):
    """JSON lines that do not repeat: a file of repeated lines would be small once it has a dictionary."""
    path = WORK / f"lines-{megabytes}.jsonl"
    if path.exists():
        return path
    generator = random.Random(7)
    bits = generator.getrandbits
    words = ["".join(generator.choices("abcdefghij ", k=10)) for _ in range(4096)]
    part, number, size = path.with_suffix(".part"), 0, 0
    with open(part, "w") as out:
        while size < megabytes * 1_000_000:
            lines = []
            for _ in range(10_000):
                text = "".join([words[bits(12)] for _ in range(11)])
                lines.append(f'{{"id": {number}, "user": "u{bits(13)}", "score": {generator.random()!r}, "words": "{text}", '
                             f'"path": "/a/{bits(7) % 99 + 1}/b", "ok": {"true" if bits(1) else "false"}, "n": {bits(30)}}}\n')
                number += 1
            block = "".join(lines)
            out.write(block)
            size += len(block)
    part.rename(path)
    return path


def template(count, compression="UNCOMPRESSED"):
    path = WORK / f"template-{count}-{compression}.yaml"
    body = "".join(STREAM.format(name=f"Stream{at}", compression=compression) for at in range(count))
    path.write_text("Resources:\n" + body)
    return path


def peer_tool(name):
    """A program of the environment that holds the peers from PyPI."""
    venv = ROOT / "target" / "bench-venv"
    stamp = venv / "peers.stamp"
    if not stamp.exists() or stamp.read_text() != " ".join(PEERS):
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "-q", *PEERS], check=True)
        stamp.write_text(" ".join(PEERS))
    return venv / "bin" / name


CONVERTED = """\
Resources:
  Table:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: "444455556666"
      DatabaseName: d
      TableInput:
        Name: t
        StorageDescriptor:
          Columns:
            - {Name: id, Type: bigint}
            - {Name: user, Type: string}
            - {Name: score, Type: double}
            - {Name: words, Type: string}
            - {Name: path, Type: string}
            - {Name: ok, Type: boolean}
            - {Name: n, Type: bigint}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::444455556666:role/delivery
        BucketARN: arn:aws:s3:::example-data
        BufferingHints: {SizeInMBs: 128, IntervalInSeconds: 300}
        DataFormatConversionConfiguration:
          SchemaConfiguration: {DatabaseName: d, TableName: t, RoleARN: "arn:aws:iam::444455556666:role/delivery"}
          InputFormatConfiguration: {Deserializer: {OpenXJsonSerDe: {}}}
          OutputFormatConfiguration: {Serializer: {ParquetSerDe: {}}}
"""

DUCKDB = """\
import sys, duckdb
duckdb.execute("SET threads = 2")
duckdb.execute(f"COPY (SELECT * FROM read_json('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION snappy)")
"""


def conversion(data, size, rows):
    """JSON to Parquet, beside DuckDB with as many threads."""
    path, out, file = WORK / "template-parquet.yaml", WORK / "out", WORK / "duckdb.parquet"
    path.write_text(CONVERTED)
    ours, _ = timed([PROGRAM, "simulate", path, "--no-validate", "--input", data, "--output", out, "--force"])
    shutil.rmtree(out, ignore_errors=True)
    peer, _ = timed([peer_tool("python"), "-c", DUCKDB, data, file])
    file.unlink()
    rows.append(("simulate, JSON to Parquet", f"{ours:.2f} s, {size / ours / 1e6:.0f} MB/s", "as fast as DuckDB", ""))
    rows.append(("the same, DuckDB COPY, two threads", f"{peer:.2f} s", "", f"{peer / ours:.2f} times our time"))


PARTITIONED = """\
Resources:
{table}  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::444455556666:role/delivery
        BucketARN: arn:aws:s3:::example-data
        Prefix: "p=!{{partitionKeyFromQuery:p}}/"
        ErrorOutputPrefix: "errors/!{{firehose:error-output-type}}/"
        BufferingHints: {{SizeInMBs: {size}, IntervalInSeconds: {interval}}}
        DynamicPartitioningConfiguration: {{Enabled: true}}
        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: MetadataExtraction
              Parameters:
                - {{ParameterName: MetadataExtractionQuery, ParameterValue: '{query}'}}
                - {{ParameterName: JsonParsingEngine, ParameterValue: JQ-1.6}}
{conversion}"""
SPLIT = '(.path | split("/")[2])'
# Few records have the same.
UNKNOWN = '(.words | split(" ")[0] + "-" | .[0:2])'
# Nothing but the engine sorts.
ENGINE = '(.words | split(" ") | sort | .[-1][0:2])'


def partitioned(query, size=64, interval=60, converts=False):
    """A template that partitions by a query."""
    path = WORK / f"template-partitioned-{'parquet' if converts else 'plain'}.yaml"
    lines = CONVERTED.splitlines(keepends=True)
    table = "".join(lines[1:lines.index("  Stream:\n")]) if converts else ""
    conversion = "".join(lines[lines.index("        DataFormatConversionConfiguration:\n"):]) if converts else ""
    query = "{p: " + query + "}"
    path.write_text(PARTITIONED.format(table=table, query=query, size=size, interval=interval, conversion=conversion))
    return path


def partitioning(data, size, rows):
    """Partitioning by a plain path, and by a query that the jq engine runs, beside the program jq."""
    def run(query):
        command = [PROGRAM, "simulate", partitioned(query), "--no-validate", "--input", data, "--output", WORK / "out",
                   "--force", "--bodies", "sizes"]
        return timed(command)

    wall, cpu = run(".path")
    rows.append(("partitioning by a plain path", f"{size / wall / 1e6:.0f} MB/s, {cpu:.2f} s CPU", "300 MB/s", ""))
    queries = (
        (SPLIT, "a part of a text, 99 results"),
        (UNKNOWN, "one whose input does not repeat"),
        (ENGINE, "a query for the engine"),
    )
    for query, name in queries:
        ours, cpu = run(query)
        rows.append((f"partitioning by {name}", f"{ours:.2f} s, {cpu:.2f} s CPU", "twice as fast as jq", ""))
        if shutil.which("jq"):
            peer, cpu = timed(["jq", "-c", "{p: " + query + "}", data], repeat=1)
            rows.append(("the same query, jq", f"{peer:.2f} s, {cpu:.2f} s CPU", "", f"{peer / ours:.2f} times our time"))
        else:
            rows.append(("the same query, jq", "jq is not installed", "", ""))


def memory(gigabytes, rows):
    """The most memory of a run with 500 open partitions and conversion, fed through a pipe."""
    template = partitioned("(.id % 500 | tostring)", size=64, interval=300, converts=True)
    command = [PROGRAM, "simulate", template, "--no-validate", "--input", "-", "--output", WORK / "out", "--force",
               "--bodies", "sizes", "--rate", "5000/s"]
    block = samples(100).read_bytes()
    block = block[:block.rindex(b"\n") + 1]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    for _ in range(int(gigabytes * 1e9 / len(block))):
        process.stdin.write(block)
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, status
    rows.append((f"{gigabytes:g} GB, 500 partitions, Parquet", f"{usage.ru_maxrss / 1e6:.2f} GB at the most", "1 GB", ""))


FUNCTION = """\
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::444455556666:role/function
      Timeout: 60
      Code:
        ZipFile: |
          def handler(event, context):
              return {"records": [{"recordId": r["recordId"], "result": "Ok", "data": r["data"]} for r in event["records"]]}
  Stream:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::444455556666:role/delivery
        BucketARN: arn:aws:s3:::example-data
        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: Lambda
              Parameters:
                - {ParameterName: LambdaArn, ParameterValue: !GetAtt Function.Arn}
                - {ParameterName: BufferSizeInMBs, ParameterValue: "1"}
                - {ParameterName: BufferIntervalInSeconds, ParameterValue: "0"}
"""


def invocations(data, rows, calls=6000):
    """What a warm invocation costs in our own process: CPU time of a run with so many, less one with few."""
    path, lines = WORK / "template-function.yaml", WORK / "lines.jsonl"
    path.write_text(FUNCTION)

    def own(count):
        with open(data) as source:
            lines.write_text("".join(source.readline() for _ in range(count)))
        command = [PROGRAM, "simulate", path, "--no-validate", "--input", lines, "--output", WORK / "out", "--force",
                   "--run-functions", "--bodies", "none"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        ticks, start = 0, time.perf_counter()
        while process.poll() is None:
            try:
                fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
                ticks = int(fields[11]) + int(fields[12])
            except (OSError, IndexError):
                break
            time.sleep(0.005)
        assert process.wait() == 0
        return ticks / os.sysconf("SC_CLK_TCK"), time.perf_counter() - start

    few, many = own(10), own(calls)
    each = (many[0] - few[0]) / (calls - 10) * 1000, many[1] / calls * 1000
    rows.append(("a warm invocation", f"{each[0]:.2f} ms of our CPU, {each[1]:.2f} ms wall with Python's part and its start", "1 ms", ""))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megabytes", type=int, default=1000)
    arguments.add_argument("--gigabytes", type=float, default=10)
    options = arguments.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cargo", "build", "--release", "--locked", "--features", "full"], cwd=ROOT, check=True)
    rows = []

    one = ROOT / "templates" / "s3-gzip" / "template.yaml"
    wall, cpu = timed([PROGRAM, "validate", one], repeat=20)
    rows.append(("validate, one template", f"{wall * 1000:.1f} ms wall, {cpu * 1000:.1f} ms CPU", "20 ms CPU", ""))
    peer, _ = timed([peer_tool("cfn-lint"), one, "--regions", "us-east-1"], repeat=3)
    rows.append(("the same, cfn-lint", f"{peer * 1000:.0f} ms", "50 times slower", f"{peer / wall:.0f} times"))
    wall, _ = timed([PROGRAM, "validate", template(200)], repeat=5)
    rows.append(("validate, 200 streams in one template", f"{wall * 1000:.0f} ms", "150 ms", ""))

    data = samples(options.megabytes)
    size = data.stat().st_size
    subprocess.run(["cat", data], stdout=subprocess.DEVNULL, check=True)

    def simulate(bodies, compression):
        out = WORK / "out"
        command = [PROGRAM, "simulate", template(1, compression), "--no-validate", "--input", data, "--output", out,
                   "--force", "--bodies", bodies]
        result = timed(command)
        shutil.rmtree(out, ignore_errors=True)
        return result

    wall, _ = simulate("none", "UNCOMPRESSED")
    rows.append(("simulate --bodies none", f"{size / wall / 1e6:.0f} MB/s", "500 MB/s", ""))
    ours, _ = simulate("full", "GZIP")
    rows.append(("simulate, GZIP bodies", f"{ours:.2f} s, {size / ours / 1e6:.0f} MB/s", "faster than pigz", ""))
    if shutil.which("pigz"):
        copy = WORK / "pigz.gz"
        with open(copy, "wb") as out:
            start = time.perf_counter()
            subprocess.run(["pigz", "-6", "-p", "2", "-c", data], stdout=out, check=True)
            peer = time.perf_counter() - start
        copy.unlink()
        rows.append(("the same bytes, pigz -6 -p 2", f"{peer:.2f} s", "", f"{peer / ours:.2f} times our time"))
    else:
        rows.append(("the same bytes, pigz -6 -p 2", "pigz is not installed", "", ""))
    ours, _ = simulate("full", "UNCOMPRESSED")
    rows.append(("simulate, UNCOMPRESSED bodies", f"{ours:.2f} s, {size / ours / 1e6:.0f} MB/s", "1.5 times cp", ""))
    for name, command in (("cp", ["cp"]), ("cp --reflink=never, no copy offload", ["dd", "bs=1M"])):
        copy = WORK / "copy"
        arguments = [f"if={data}", f"of={copy}"] if command[0] == "dd" else [data, copy]
        peer, _ = timed(command + arguments)
        copy.unlink()
        label = "the same bytes, cp" if command[0] == "cp" else "the same bytes, dd bs=1M"
        rows.append((label, f"{peer:.2f} s", "", f"we take {ours / peer:.2f} times its time"))

    conversion(data, size, rows)
    partitioning(data, size, rows)
    memory(options.gigabytes, rows)
    invocations(data, rows)

    print(f"{os.cpu_count()} cores, {size / 1e6:.0f} MB of JSON lines\n")
    print("| Run | Measured | Target | Ratio |\n| --- | --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
