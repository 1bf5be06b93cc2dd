//! Scenario files as they are written, right and wrong.

use super::*;

fn refused(text: &str) -> String {
    let error = Scenario::parse("s.toml", text).unwrap_err();
    match error.hint {
        Some(hint) => format!("{} ({hint})", error.message),
        None => error.message,
    }
}

#[test]
fn everything_that_can_be_said_is_read() {
    let text = r#"
template = "template.yaml"
input = ["a.jsonl", "b.jsonl"]
start = "2026-03-01T00:00:00Z"
seed = 7
[parameters]
Days = 3
[[fault]]
from = "+90s"
until = "2026-03-01T01:00:00Z"
lane = "backup"
attempts = 3
error = "S3.AccessDenied"
[latency]
write = "200ms"
jitter = "1s"
[throttle]
records = 100
[arrivals]
out-of-order = { share = 0.5, by = "1m" }
duplicate = { share = 1 }
[[expect]]
name = "all"
[expect.ledger]
delivered = 10
lost = ">= 5"
[[expect]]
record = { where = { "/id" = 7 }, outcome = "delivered", key = "*" }
"#;
    let scenario = Scenario::parse("s.toml", text).unwrap();
    let script = scenario.script();
    assert_eq!(script.faults[0].from, Moment::After(Duration::from_secs(90)));
    assert_eq!(script.faults[0].error, "S3.AccessDenied");
    assert_eq!(script.write_jitter, Duration::from_secs(1));
    assert_eq!(script.throttle.unwrap().records, Some(100));
    assert_eq!(script.disturbance.unwrap().repeated, 1.0);
    let lines: Vec<u32> = scenario.expectations().map(|(_, line)| line).collect();
    assert_eq!(lines, [22, 27]);
}

#[test]
fn mistakes_have_a_place_and_a_suggestion() {
    let cases = [
        ("tmplate = \"x\"\n", "s.toml:1:1: unknown field `tmplate`", "did you mean `template`?"),
        ("[[fault]]\nuntill = \"+1s\"\n", "s.toml:2:1: unknown field `untill`", "did you mean `until`?"),
        (
            "[[fault]]\nerror = \"S3.Slowdown\"\n",
            "s.toml:2:9: `S3.Slowdown` is no error of S3",
            "`S3.SlowDown`?",
        ),
        ("[[fault]]\nfrom = \"soon\"\n", "s.toml:2:8: `soon` is no moment", "+90s"),
        ("seed = 1\nrate = \"fast\"\n", "s.toml:2:8: `fast` is not a rate", "1000/s"),
        ("[latency]\nwrite = \"3 weeks\"\n", "s.toml:2:9: `3 weeks` is no span of time", "90s"),
        ("[arrivals]\nduplicate = { share = 2 }\n", "s.toml:2:23: a share is between 0 and 1", "2"),
        ("[[expect]]\n[expect.ledger]\nlost = \"many\"\n", "s.toml:3:8: invalid value", "\">= 5\""),
        (
            "[[expect]]\n[expect.ledger]\nlots = 1\n",
            "s.toml:3:1: unknown field `lots`",
            "did you mean `lost`?",
        ),
        ("[[expect]]\nname = \"x\"\n", "s.toml:1:1: an expectation needs at least one of", "schema scenario"),
        (
            "[[expect]]\nrecord = { outcome = \"lost\" }\n",
            "s.toml:1:1: a record is named by one of",
            "`line`",
        ),
        ("input-format = \"json\"\n", "s.toml:1:16: `json` is no input format", "jsonl"),
        ("rate = \"1/s\"\narrival = \"/t\"\n", "s.toml: `rate` and `arrival` exclude each other", ""),
    ];
    for (text, message, hint) in cases {
        let shown = refused(text);
        assert!(shown.starts_with(message) && shown.contains(hint), "{text}: {shown}");
    }
}
