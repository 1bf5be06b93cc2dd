//! Where a result that goes into one file ends up.

use crate::{STREAM, folder, json, names, run};

#[test]
fn a_result_replaces_the_file_and_leaves_nothing_beside_it() {
    let folder = folder(&[("t.yaml", STREAM), ("report.json", "old")]);
    let args = ["validate", "--format", "json", "--output", "report.json", "t.yaml"];
    assert_eq!(run(folder.path(), &args).0, 0);
    assert_eq!(json(&std::fs::read_to_string(folder.path().join("report.json")).unwrap())["version"], 1);
    assert_eq!(names(folder.path()), ["report.json", "t.yaml"]);
}

#[test]
fn a_folder_is_refused_before_anything_is_written_and_a_dash_is_standard_output() {
    let folder = folder(&[("t.yaml", STREAM), ("sub/x", "")]);
    for target in ["sub", "sub/", ".", "absent/report.json", "t.yaml/report.json"] {
        let (code, out, error) = run(folder.path(), &["validate", "--output", target, "t.yaml"]);
        assert_eq!((code, out.as_str()), (2, ""), "{target}: {error}");
        assert!(error.contains(target), "{target}: {error}");
    }
    let (code, out, _) = run(folder.path(), &["validate", "--format", "json", "--output", "-", "t.yaml"]);
    assert_eq!((code, &json(&out)["version"]), (0, &1.into()));
    assert_eq!(names(folder.path()), ["sub", "t.yaml"]);
    assert_eq!(names(&folder.path().join("sub")), ["x"]);
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[("t.yaml", STREAM), ("real/report.json", "old")]);
    let path = |name: &str| folder.path().join(name);
    std::fs::set_permissions(path("real/report.json"), std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/report.json", path("link.json")).unwrap();
    symlink("link.json", path("link-of-link.json")).unwrap();
    symlink("real/absent.json", path("dangling.json")).unwrap();
    for (target, real) in [("link-of-link.json", "real/report.json"), ("dangling.json", "real/absent.json")] {
        let args = ["validate", "--format", "json", "--output", target, "t.yaml"];
        assert_eq!(run(folder.path(), &args).0, 0);
        assert!(path(target).is_symlink(), "{target}");
        assert_eq!(json(&std::fs::read_to_string(path(real)).unwrap())["version"], 1);
    }
    assert_eq!(std::fs::metadata(path("real/report.json")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(names(&path("real")), ["absent.json", "report.json"]);
}

/// Makes a named pipe and reads all that comes through it.
#[cfg(unix)]
fn pipe(path: &std::path::Path) -> std::thread::JoinHandle<String> {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    let path = path.to_owned();
    std::thread::spawn(move || std::fs::read_to_string(path).unwrap())
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_written_to_and_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let folder = folder(&[("t.yaml", STREAM)]);
    let path = folder.path().join("pipe");
    let reader = pipe(&path);
    let (code, _, error) =
        run(folder.path(), &["validate", "--format", "json", "--output", "pipe", "t.yaml"]);
    assert_eq!(code, 0, "{error}");
    assert_eq!(json(&reader.join().unwrap())["version"], 1);
    assert!(std::fs::symlink_metadata(&path).unwrap().file_type().is_fifo());
}

#[cfg(unix)]
#[test]
fn the_report_page_goes_through_a_pipe_or_to_standard_output() {
    let folder = folder(&[("t.yaml", STREAM), ("s.jsonl", "{\"a\":1}\n")]);
    let reader = pipe(&folder.path().join("pipe"));
    let args = ["simulate", "t.yaml", "--input", "s.jsonl", "--force", "--report"];
    let with = |more: &[&str]| run(folder.path(), &[&args, more].concat());
    let (code, out, error) = with(&["pipe"]);
    assert!(code == 0 && out.contains("delivered"), "{error}");
    assert!(reader.join().unwrap().starts_with("<!"));
    let (code, out, error) = with(&["-"]);
    assert!(code == 0 && out.starts_with("<!") && !out.contains("Wrote firehose-out"), "{error}");
    assert!(error.contains("Wrote firehose-out"), "{error}");
    let (code, out, error) = with(&["-", "--format", "json"]);
    assert!(code == 2 && out.is_empty() && error.contains("standard output"), "{error}");
    assert_eq!(names(folder.path()), ["firehose-out", "pipe", "s.jsonl", "t.yaml"]);
}

#[test]
fn outputs_that_can_not_be_written_are_told_before_aws_is_called() {
    let folder = folder(&[("t.yaml", STREAM)]);
    // Without credentials, a call would end with 3.
    let base = ["deploy", "t.yaml", "--stack-name", "clicks", "--yes", "--region", "eu-west-1"];
    for (more, part) in [
        (["--outputs", "absent/outputs.json"], "its folder does not exist"),
        (["--outputs", "."], "this is a folder"),
        (["--endpoint-url", "nonsense"], "no URL"),
        (["--endpoint-url", "http://host:port"], "no URL"),
    ] {
        let (code, _, error) = run(folder.path(), &[&base[..], &more[..]].concat());
        assert!(code == 2 && error.contains(part), "{more:?}: {error}");
    }
    for command in ["diff", "status"] {
        let args = [command, "--stack-name", "clicks", "--endpoint-url", "nonsense", "--region", "eu-west-1"];
        std::fs::write(folder.path().join("template.yaml"), STREAM).unwrap();
        let (code, _, error) = run(folder.path(), &args);
        assert!(code == 2 && error.contains("no URL"), "{command}: {error}");
    }
}

#[test]
fn a_broken_template_is_told_before_aws_is_called() {
    let folder = folder(&[("broken.yaml", &format!("{STREAM}  a: [\n"))]);
    let (code, _, error) =
        run(folder.path(), &["diff", "broken.yaml", "--stack-name", "clicks", "--region", "eu-west-1"]);
    assert!(code == 1 && error.contains("FH001"), "{error}");
}

#[test]
fn without_a_terminal_a_yes_is_needed_before_aws_is_called() {
    let folder = folder(&[("t.yaml", STREAM)]);
    let stack = ["--stack-name", "clicks", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"];
    for command in [&["deploy", "t.yaml"][..], &["deploy", "t.yaml", "--execute", "x"], &["delete"]] {
        let (code, out, error) = run(folder.path(), &[command, &stack].concat());
        assert!(code == 2 && out.is_empty() && error.contains("--yes"), "{command:?}: {error}");
    }
}
