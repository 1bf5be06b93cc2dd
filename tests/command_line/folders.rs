//! Which files of a folder are templates, and what happens to files that can't be read.

use crate::{STREAM, folder, json, names, run, said};

#[test]
fn a_template_counts_whatever_it_is_called_and_wherever_it_lies() {
    let folder = folder(&[
        ("in/a.tmpl", STREAM),
        ("in/noext", STREAM),
        ("in/C.YAML", STREAM),
        ("in/.hidden/d.yaml", STREAM),
        ("in/cdk.out/e.json", STREAM),
        ("in/.git/f.yaml", STREAM),
        ("in/node_modules/g.yaml", STREAM),
        ("in/target/h.yaml", STREAM),
        ("in/.venv/i.yaml", STREAM),
        ("elsewhere/j.yaml", STREAM),
    ]);
    let mut wanted = 5;
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../elsewhere/j.yaml", folder.path().join("in/link")).unwrap();
        // Would be found twice, or lead in circles.
        std::os::unix::fs::symlink("../in", folder.path().join("in/loop")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("in/dangling")).unwrap();
        wanted += 1;
    }
    let (code, out, error) = run(folder.path(), &["validate", "--format", "json", "in"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(json(&out)["summary"]["files"], wanted, "{out}");
}

#[test]
fn what_only_mentions_the_type_is_counted_and_named_with_v() {
    let kind = "AWS::KinesisFirehose::DeliveryStream";
    let folder = folder(&[
        ("t.yaml", STREAM),
        ("README.md", &format!("# Streams\n\nAn `{kind}` (see [x](y):\n```yaml\n{STREAM}```\n")),
        ("program.py", &format!("import json\n\nKIND = '{kind}'\n")),
        ("snapshot.json", &format!("{{\"type\": \"{kind}\"}}")),
        ("other.txt", "nothing"),
    ]);
    std::fs::write(folder.path().join("program"), [&[0x7f, 0, 1], STREAM.as_bytes()].concat()).unwrap();
    let (code, out, error) = run(folder.path(), &["validate", "-v", "--format", "json", "."]);
    assert_eq!(code, 0, "{out}");
    let summary = &json(&out)["summary"];
    assert_eq!((&summary["files"], &summary["skipped"]), (&1.into(), &5.into()), "{out}");
    for name in ["README.md", "program.py", "snapshot.json"] {
        assert!(error.contains(name), "{error}");
    }
    assert!(!error.contains("other.txt"), "{error}");
    // A broken template is one all the same, whatever it is called.
    std::fs::write(folder.path().join("broken.tmpl"), format!("{STREAM}  a: [\n")).unwrap();
    let (code, out, _) = run(folder.path(), &["validate", "."]);
    assert!(code == 1 && out.contains("FH001") && out.contains("broken.tmpl"), "{out}");
}

#[test]
fn findings_of_others_are_told_where_a_file_can_not_be_read() {
    let folder = folder(&[("bad.yaml", &STREAM.replace("BucketARN", "Bucket")), ("good.yaml", STREAM)]);
    let args = ["validate", "--format", "json", "absent.yaml", "bad.yaml", "gone.yaml", "good.yaml"];
    let (code, out, error) = run(folder.path(), &args);
    assert_eq!(code, 2, "{error}");
    let report = json(&out);
    assert_eq!(report["summary"]["files"], 2);
    assert_eq!(report["findings"][0]["file"], "bad.yaml");
    assert!(error.contains("absent.yaml") && error.contains("gone.yaml"), "{error}");
}

#[test]
fn bytes_that_are_no_text_are_a_finding_for_every_command_and_on_standard_input() {
    let folder = folder(&[("s.jsonl", "{}\n")]);
    let bytes = [&[0xff, 0xfe], STREAM.as_bytes(), b"# \xff\n"].concat();
    std::fs::write(folder.path().join("t.yaml"), &bytes).unwrap();
    for args in [
        &["validate", "t.yaml"][..],
        &["render", "t.yaml"],
        &["simulate", "t.yaml", "--input", "s.jsonl"],
        &["deploy", "t.yaml", "--stack-name", "x", "--yes"],
    ] {
        let (code, out, error) = run(folder.path(), args);
        assert_eq!(code, 1, "{args:?}: {error}");
        assert!((out + &error).contains("not valid UTF-8 at line 1, column 1"), "{args:?}: {error}");
    }
    for args in [["validate", "-"], ["render", "-"]] {
        let (code, out, error) = said(crate::program(folder.path(), &args).write_stdin(bytes.clone()));
        assert_eq!(code, 1, "{args:?}: {error}");
        assert!((out + &error).contains("not valid UTF-8 at line 1, column 1"), "{args:?}: {error}");
    }
    assert_eq!(names(folder.path()), ["s.jsonl", "t.yaml"]);
}

#[test]
fn standard_input_is_a_dash_for_programs() {
    let folder = folder(&[]);
    let bad = STREAM.replace("BucketARN", "Bucket");
    let piped = |format: &str| {
        let args = ["validate", "-", "--format", format];
        said(crate::program(folder.path(), &args).write_stdin(bad.clone())).1
    };
    assert_eq!(json(&piped("json"))["findings"][0]["file"], "-");
    let sarif = json(&piped("sarif"));
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "stdin", "{place:#}");
}
