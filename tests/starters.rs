//! Every starter under `templates/`: `init` writes it, it validates without findings, an independent linter agrees, it
//! simulates with its samples; the digest of one is pinned, so that equal bytes come out on every system.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use assert_cmd::Command;
use firehose_kit::template::starters::STARTERS;
use serde_json::Value;

#[path = "support/python.rs"]
mod python;

fn templates() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates")
}

/// Exit code, standard output and standard error of a run in a folder.
#[expect(clippy::disallowed_methods, reason = "interpreters are found by `PATH`")]
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firehose-kit"));
    // A function's interpreter is found on the PATH.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let output = command.env_clear().env("PATH", path).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn registry_and_folder_agree() {
    let listed: BTreeSet<String> = STARTERS.iter().map(|starter| starter.name.to_owned()).collect();
    assert_eq!(listed, names_in(&templates()));
    for starter in STARTERS {
        let files: BTreeSet<String> = starter.files.iter().map(|file| file.path.to_owned()).collect();
        // What a simulation by hand leaves behind is no part of it.
        let mut standing = names_in(&templates().join(starter.name));
        standing.remove("firehose-out");
        assert_eq!(files, standing, "{}", starter.name);
    }
}

#[test]
fn bare_commands_work_in_the_folder_that_init_writes() {
    for starter in STARTERS {
        let folder = tempfile::tempdir().unwrap();
        let (code, _, errors) = run(folder.path(), &["init", starter.name]);
        assert_eq!(code, 0, "{}: {errors}", starter.name);
        let (code, shown, errors) =
            run(folder.path(), &["validate", "--fail-on", "info", "--format", "json"]);
        assert_eq!(code, 0, "{}: {shown}{errors}", starter.name);
        assert_eq!(json(&shown)["summary"]["streams"], 1, "{}", starter.name);
        #[cfg(feature = "simulate")]
        simulates(starter.name, folder.path());
    }
}

#[cfg(feature = "simulate")]
fn simulates(name: &str, folder: &Path) {
    let (code, shown, errors) = run(folder, &["simulate", "--format", "json"]);
    assert_eq!(code, 0, "{name}: {errors}");
    let report = json(&shown);
    let ledger = &report["ledger"];
    let count = |outcome: &str| ledger[outcome].as_u64().unwrap();
    assert!(count("delivered") > 100, "{name}: {ledger}");
    assert_eq!(count("delivered") + count("dropped"), count("records"), "{name}: {ledger}");
    assert_eq!(count("rejected"), 0, "{name}: {ledger}");
    // A starter shows its stream as it should be: without a warning.
    assert_eq!(report["warnings"], Value::Array(Vec::new()), "{name}");
    // Two blocks have the setting in most starters, which is told once.
    assert!(errors.matches("`CloudWatchLoggingOptions` (").count() <= 1, "{name}: {errors}");
}

#[test]
fn init_lists_and_suggests() {
    let folder = tempfile::tempdir().unwrap();
    let (code, shown, _) = run(folder.path(), &["init"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(shown);
    let (_, shown, _) = run(folder.path(), &["init", "--format", "json"]);
    let list = json(&shown);
    assert_eq!(list["starters"].as_array().unwrap().len(), STARTERS.len());
    for (wrong, meant) in [("s3-gzp", "s3-gzip"), ("Snowflake", "snowflake"), ("kinesis", "kinesis-to-s3")] {
        let (code, shown, errors) = run(folder.path(), &["init", wrong]);
        assert_eq!((code, &*shown), (2, ""));
        // A name that differs by its case alone is the nearest too.
        assert!(errors.contains(&format!("did you mean `{meant}`?")), "{errors}");
    }
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn init_writes_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("samples.jsonl");
    fs::write(&own, "mine").unwrap();
    let (code, _, errors) = run(folder.path(), &["init", "s3-gzip"]);
    assert_eq!(code, 2);
    assert!(errors.contains("samples.jsonl") && errors.contains("--force"), "{errors}");
    assert_eq!(names_in(folder.path()), BTreeSet::from(["samples.jsonl".to_owned()]));
    assert_eq!(fs::read_to_string(&own).unwrap(), "mine");

    // A folder in the way can't be replaced: everything else stays as it was, and new folders go again.
    fs::create_dir_all(folder.path().join("deep/samples.jsonl")).unwrap();
    let (code, _, errors) = run(folder.path(), &["init", "s3-gzip", "--output", "deep", "--force"]);
    assert_eq!(code, 2, "{errors}");
    assert_eq!(names_in(&folder.path().join("deep")), BTreeSet::from(["samples.jsonl".to_owned()]));
    let (code, ..) = run(folder.path(), &["init", "s3-gzip", "--output", "samples.jsonl/below"]);
    assert_eq!(code, 2);

    let (code, shown, _) =
        run(folder.path(), &["init", "s3-gzip", "--force", "--stack-name", "clicks", "--format", "json"]);
    assert_eq!(code, 0);
    let written = json(&shown);
    assert_eq!(written["stack_name"], "clicks");
    let replaced = |path: &str| {
        let files = written["files"].as_array().unwrap();
        files.iter().find(|file| file["path"] == path).unwrap()["replaced"].as_bool().unwrap()
    };
    assert!(replaced("samples.jsonl") && !replaced("template.yaml"));
    let starter = templates().join("s3-gzip");
    assert_eq!(fs::read(&own).unwrap(), fs::read(starter.join("samples.jsonl")).unwrap());
    let settings = fs::read_to_string(folder.path().join("firehose-kit.toml")).unwrap();
    assert!(settings.contains("stack-name = \"clicks\""), "{settings}");
    let mut expected = names_in(&starter);
    expected.remove("firehose-out");
    expected.insert("deep".to_owned());
    assert_eq!(names_in(folder.path()), expected);
}

#[test]
fn what_init_says_fits_its_schema() {
    let text = firehose_kit::template::schema::text("init").unwrap();
    let validator = jsonschema::validator_for(&json(text)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["init", "--format", "json"][..], &["init", "redshift", "--format", "json"]] {
        let (_, shown, _) = run(folder.path(), arguments);
        let errors: Vec<String> =
            validator.iter_errors(&json(&shown)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn cfn_lint_finds_nothing_either() {
    let templates = STARTERS.iter().map(|starter| templates().join(starter.name).join("template.yaml"));
    let program = format!("cfn-lint{}", std::env::consts::EXE_SUFFIX);
    let mut command = Process::new(python::interpreter().with_file_name(program));
    command.args(["--non-zero-exit-code", "informational", "--include-checks", "I", "--"]);
    python::run(command.args(templates));
}

#[test]
fn samples_are_what_their_generator_makes() {
    let folder = tempfile::tempdir().unwrap();
    let generator = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/starter_samples.py");
    python::run(Process::new(python::interpreter()).arg(generator).arg(folder.path()));
    let made = names_in(folder.path());
    assert_eq!(made.len() + 1, STARTERS.len(), "all but s3-gzip, which is older");
    for name in made {
        let read = |root: &Path| fs::read_to_string(root.join(&name).join("samples.jsonl")).unwrap();
        assert!(
            read(folder.path()) == read(&templates()),
            "{name}: run tests/support/starter_samples.py templates"
        );
    }
}

#[test]
#[cfg(feature = "simulate")]
fn the_digest_is_the_same_everywhere() {
    // From above the starter's folder, so that its settings do not count.
    let root = templates();
    let digest = |workers: &str| {
        let out = tempfile::tempdir().unwrap();
        let target = out.path().join("out");
        let what =
            ["simulate", "s3-gzip/template.yaml", "--input", "s3-gzip/samples.jsonl", "--format", "json"];
        let how = ["--stack-name", "pinned", "--workers", workers, "--output", target.to_str().unwrap()];
        let (_, report, _) = run(&root, &[&what[..], &how[..]].concat());
        json(&report)["digest"].as_str().unwrap().to_owned()
    };
    let digests = [digest("1"), digest("2"), digest("3")];
    insta::assert_snapshot!(digests.join("\n"));
}
