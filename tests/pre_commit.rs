//! The hooks for pre-commit, tried with pre-commit and git themselves: built from source as pre-commit builds them, and
//! installed into a repository, where a commit with a broken template does not come about.
#![cfg(unix)]

#[path = "support/python.rs"]
mod python;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const GOOD: &str = "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n      \
                    DeliveryStreamName: clicks\n      ExtendedS3DestinationConfiguration:\n        \
                    RoleARN: arn:aws:iam::444455556666:role/delivery\n        BucketARN: arn:aws:s3:::example-data\n";

/// What the hook is asked with, and where pre-commit keeps what it makes.
struct Bench {
    folder: tempfile::TempDir,
    python: PathBuf,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().unwrap(), python: python::interpreter() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that meets nobody's settings, and our program on the `PATH`.
    #[expect(clippy::disallowed_methods, reason = "pre-commit looks for cargo and git there")]
    fn command(&self, program: &Path, at: &Path) -> Command {
        let mut command = Command::new(program);
        let own = Path::new(env!("CARGO_BIN_EXE_firehose-kit")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([own.to_owned()].into_iter().chain(std::env::split_paths(&path)));
        command
            .current_dir(at)
            .env("PATH", path.unwrap())
            .env("PRE_COMMIT_HOME", self.path("pre-commit"))
            .env("PRE_COMMIT_COLOR", "never")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for (name, value) in [("NAME", "Tester"), ("EMAIL", "tester@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "CARGO_TARGET_DIR", "RUSTFLAGS"] {
            command.env_remove(name);
        }
        command
    }

    fn git(&self, at: &Path, arguments: &[&str]) -> Output {
        self.command(Path::new("git"), at).args(arguments).output().expect("these tests need git")
    }

    fn pre_commit(&self, at: &Path) -> Command {
        let mut command = self.command(&self.python, at);
        command.args(["-m", "pre_commit"]);
        command
    }

    /// A new repository with these files committed.
    fn repository(&self, name: &str, fill: impl Fn(&Path)) -> PathBuf {
        let folder = self.path(name);
        fs::create_dir(&folder).unwrap();
        fill(&folder);
        for arguments in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "-m", "first"]] {
            assert_succeeds(&self.git(&folder, arguments));
        }
        folder
    }

    /// This project as pre-commit clones it: all that a build needs, and the hooks.
    fn project(&self) -> PathBuf {
        self.repository("firehose-kit", |folder| {
            let own = Path::new(env!("CARGO_MANIFEST_DIR"));
            for name in ["Cargo.toml", "Cargo.lock", "README.md", "pyproject.toml", ".pre-commit-hooks.yaml"]
            {
                fs::copy(own.join(name), folder.join(name)).unwrap();
            }
            for name in ["src", "schemas", "templates", "benches"] {
                copy(&own.join(name), &folder.join(name));
            }
        })
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = fs::copy(entry.path(), target).unwrap(),
        }
    }
}

/// All that a command said.
fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn assert_succeeds(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

/// Other YAML, a good template, and a broken one that is not committed yet.
fn user(folder: &Path) {
    fs::write(folder.join("other.yaml"), "a: 1\n").unwrap();
    fs::write(folder.join("stream.yaml"), GOOD).unwrap();
}

#[test]
fn the_installed_hook_blocks_a_broken_template_and_lets_the_mended_one_pass() {
    let bench = Bench::new();
    let project = bench.project();
    let revision = said(&bench.git(&project, &["rev-parse", "HEAD"]));
    let settings = format!(
        "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: firehose-kit-validate-system\n",
        project.display(),
        revision.trim()
    );
    let repository = bench.repository("user", |folder| {
        user(folder);
        fs::write(folder.join(".pre-commit-config.yaml"), &settings).unwrap();
    });
    assert_succeeds(&bench.pre_commit(&repository).arg("install").output().unwrap());
    let commit = |text: &str| {
        fs::write(repository.join("stream.yaml"), text).unwrap();
        assert_succeeds(&bench.git(&repository, &["add", "stream.yaml"]));
        bench.git(&repository, &["commit", "-m", "prefixes"])
    };
    let commits = || said(&bench.git(&repository, &["rev-list", "--count", "HEAD"])).trim().to_owned();
    let prefix = |text: &str| format!("{GOOD}        Prefix: {text}\n        ErrorOutputPrefix: failed/\n");

    let blocked = commit(&prefix("clicks/!{timestamp:yyyy/MM/ddTHH}/"));
    assert!(!blocked.status.success(), "{}", said(&blocked));
    assert!(said(&blocked).contains("FH303 invalid-expression-value"), "{}", said(&blocked));
    assert!(said(&blocked).contains("stream.yaml:9:"), "{}", said(&blocked));
    assert_eq!(commits(), "1");

    let passed = commit(&prefix("clicks/!{timestamp:yyyy/MM/dd'T'HH}/"));
    assert_succeeds(&passed);
    assert!(said(&passed).contains("Passed"), "{}", said(&passed));
    assert_eq!(commits(), "2");

    // Files of other kinds do not start the hook, and other YAML does not trouble it.
    fs::write(repository.join("notes.txt"), "AWS::KinesisFirehose::DeliveryStream\n").unwrap();
    assert_succeeds(&bench.git(&repository, &["add", "."]));
    let skipped = bench.git(&repository, &["commit", "-m", "notes"]);
    assert_succeeds(&skipped);
    assert!(said(&skipped).contains("Skipped"), "{}", said(&skipped));
    assert_succeeds(&bench.pre_commit(&repository).args(["run", "--all-files"]).output().unwrap());
}

/// pre-commit builds the hook with `pip install .`, which has maturin run Cargo by the profile `hook`, without features. So
/// that it does not take minutes each time, nothing is optimised here, and what was built of other crates is kept below
/// `target/`.
#[test]
fn the_hook_builds_as_pre_commit_builds_it() {
    let bench = Bench::new();
    let project = bench.project();
    let repository = bench.repository("user", |folder| {
        user(folder);
        fs::write(folder.join("broken.json"), GOOD.replace("BucketARN", "BucketArn")).unwrap();
    });
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hook");
    let try_repo = |files: &[&str]| {
        let mut command = bench.pre_commit(&repository);
        command.arg("try-repo").arg(&project).args(["firehose-kit-validate", "--verbose", "--files"]);
        command.args(files).env("CARGO_TARGET_DIR", &built).env("CARGO_PROFILE_HOOK_OPT_LEVEL", "0");
        command.env("CARGO_PROFILE_HOOK_CODEGEN_UNITS", "256").output().unwrap()
    };
    let blocked = try_repo(&["broken.json", "stream.yaml", "other.yaml"]);
    assert_eq!(blocked.status.code(), Some(1), "{}", said(&blocked));
    assert!(said(&blocked).contains("broken.json:8:9"), "{}", said(&blocked));
    assert!(said(&blocked).contains("1 error"), "{}", said(&blocked));

    // What was built has no features, and says so where one is needed.
    let program = built.join("hook/firehose-kit");
    let simulate = bench.command(&program, &repository).args(["simulate", "stream.yaml"]).output().unwrap();
    assert_eq!(simulate.status.code(), Some(2));
    assert!(
        said(&simulate).contains("`cargo install --locked --features full --path .`"),
        "{}",
        said(&simulate)
    );
}
