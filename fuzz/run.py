#!/usr/bin/env python3
"""Makes seeds and a dictionary, builds the fuzz targets, and runs each of them for a while.

    python3 fuzz/run.py --seconds 600 [--only prefix query] [--sanitizer address] [--more DIR]

Needs a nightly compiler and `cargo install cargo-fuzz`. Seeds come from `templates/`, `tests/fixtures/`, the examples of
the rules and documents, and any folder of templates that is named with `--more`. One job at a time; a run ends at the
first finding of its target, which then lies under `fuzz/artifacts/`.
"""

import argparse
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUZZ = ROOT / "fuzz"

# The longest input of each target, in bytes. Short ones run faster and say more.
TARGETS = {
    "template": 2048,
    "validate": 4096,
    "fixes": 2048,
    "prefix": 512,
    "query": 512,
    "own_rules": 2048,
    "ddl": 1024,
    "samples": 1024,
    "processing": 1024,
    "scenario": 2048,
}
STREAM = "AWS::KinesisFirehose::DeliveryStream"


def texts(*patterns):
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                yield path.read_text(errors="replace")


def blocks(language, *patterns):
    """Code blocks of documents, and of the rules' pages."""
    for text in texts(*patterns):
        yield from re.findall(r"```" + language + r"[^\n]*\n(.*?)```", text, re.S)


def streams(more):
    yield from texts("templates/**/*.yaml", "templates/**/*.json", "tests/fixtures/**/*.yaml", "tests/fixtures/**/*.json")
    yield from blocks("yaml", "docs/rules/*.md", "docs/*.md")
    for folder in more:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix in (".yaml", ".yml", ".json", ".template") and path.is_file() and path.stat().st_size < 65536:
                text = path.read_text(errors="replace")
                if STREAM in text:
                    yield text


def found(pattern, sources):
    for text in sources:
        yield from re.findall(pattern, text, re.M)


def seeds(target, more):
    templates = list(streams(more))
    if target in ("template", "validate", "fixes"):
        yield from templates
    elif target == "prefix":
        yield from found(r"Prefix['\"]?: *['\"]?([^\n'\"]+)", templates)
        yield from found(r'"([^"\n]*!\{[^"\n]*)"', texts("src/model/prefix/**/*.rs"))
    elif target == "query":
        yield from found(r"ParameterValue['\"]?: *['\"]?(\{[^\n]+?\})['\"]?$", templates)
        yield from found(r'"(\{[^"\n]*\})"', texts("src/model/query/*.rs", "src/model/query*.rs"))
    elif target == "own_rules":
        yield from texts("docs/own-rules-example/*", "tests/fixtures/own-rules/**/*")
        yield from blocks("yaml", "docs/own-rules.md")
    elif target == "ddl":
        yield from found(r"(?is)(create\s+(?:external\s+)?table.{20,900}?)(?:\"|;|```)", texts("src/**/*.rs", "tests/*.rs", "docs/*.md"))
    elif target == "samples":
        yield from texts("tests/fixtures/**/*.jsonl")
        for text in texts("templates/**/*.jsonl"):
            yield "\n".join(text.split("\n")[:4])
        yield '{"DeliveryStreamName":"s","Records":[{"Data":"YQ=="},{"Data":"Yg=="}]}\n{"Record":{"Data":"Yw=="}}'
        yield '{"Records":[{"Data":"YQ==","PartitionKey":"k","SequenceNumber":"1","ApproximateArrivalTimestamp":1767225600.5}]}'
        yield '{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logEvents":[{"id":"1","timestamp":1,"message":"m"}]}'
        yield '{"time":"2026-01-01T00:00:00Z"}\nYQ==\n'
    elif target == "processing":
        yield '{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1,"message":"{\\"a\\":1}"}]}'
        yield '{"messageType":"CONTROL_MESSAGE"}'
        yield '{"a":{"b":"c"}}{"a":{"b":1}}\n{"a":{"b":null}}'
        yield gzip.compress(b'{"messageType":"DATA_MESSAGE","logEvents":[{"message":"{}"}]}', mtime=0)
    elif target == "scenario":
        yield from texts("tests/fixtures/scenarios/**/*.toml")
        yield from blocks("toml", "docs/*.md")


def dictionary():
    """The words of templates: names of properties, functions and values."""
    words = {STREAM, "Fn::Sub", "Fn::If", "!Ref ", "!Sub ", "!GetAtt ", "!{timestamp:", "!{firehose:", "Resources:"}
    words |= {"partitionKeyFromQuery:", "partitionKeyFromLambda:", "error-output-type}", "random-string}", "CREATE TABLE "}
    words |= {"array<", "struct<", "map<", "decimal(10,2)", "ROW FORMAT SERDE", "AWS::NoValue", "firehose-kit: ignore "}

    def walk(value):
        if isinstance(value, dict):
            words.update(value.get("properties", {}))
            words.update(word for word in value.get("enum", []) if isinstance(word, str))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    for path in sorted((ROOT / "schemas").glob("*.json")):
        walk(json.loads(path.read_text()))
    lines = ['"%s"' % word.replace("\\", "\\\\").replace('"', '\\"') for word in sorted(words) if word.isascii() and 1 < len(word) < 60]
    (FUZZ / "dictionary.txt").write_text("\n".join(lines) + "\n")


def write_seeds(target, more):
    folder = FUZZ / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for seed in seeds(target, more):
        data = seed if isinstance(seed, bytes) else seed.encode()
        # A longer seed would be cut, in the middle of something.
        if 0 < len(data) <= TARGETS[target]:
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)
            count += 1
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--only", nargs="*", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--sanitizer", default="none", choices=["none", "address"])
    parser.add_argument("--more", nargs="*", default=[], metavar="DIR")
    parser.add_argument("--target-dir", default=str(FUZZ / "target"))
    arguments = parser.parse_args()
    dictionary()
    cargo = ["cargo", "+nightly", "fuzz"]
    build = ["--sanitizer", arguments.sanitizer, "--target-dir", arguments.target_dir]
    subprocess.run([*cargo, "build", *build], cwd=FUZZ, check=True)
    total, findings = 0, 0
    for target in arguments.only:
        count = write_seeds(target, arguments.more)
        limits = ["-timeout=10", "-rss_limit_mb=2048", f"-max_len={TARGETS[target]}"]
        limits += [f"-max_total_time={arguments.seconds}", "-print_final_stats=1", f"-dict={FUZZ / 'dictionary.txt'}"]
        run = subprocess.run(
            [*cargo, "run", *build, target, "--", *limits], cwd=FUZZ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )

        def stat(name):
            number = re.search(rf"stat::{name}:\s+(\d+)", run.stdout)
            return int(number.group(1)) if number else 0

        executions, memory = stat("number_of_executed_units"), stat("peak_rss_mb")
        total += executions
        print(f"{target:12} {count:5} seeds {executions:10} executions {memory:5} MB at most", flush=True)
        if run.returncode != 0:
            findings += 1
            print("\n".join(run.stdout.splitlines()[-40:]), flush=True)
    print(f"{total} executions")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
