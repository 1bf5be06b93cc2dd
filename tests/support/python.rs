//! A Python with the packages of `tests/requirements.txt`, for checks by independent readers of what we write.
//!
//! The environment lies in `target/test-venv`, is made once, and again when the requirements change. Test binaries
//! that run at the same time wait for each other at a lock file. Use it with
//! `#[path = "support/python.rs"] mod python;`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter of the environment, which is made where it is missing or out of date.
pub fn interpreter() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let venv = target.join("test-venv");
    // Unlocked when it is dropped, also when the process ends early.
    let lock = File::create(target.join("test-venv.lock")).unwrap();
    lock.lock().unwrap();
    let python = match cfg!(windows) {
        true => venv.join("Scripts/python.exe"),
        false => venv.join("bin/python"),
    };
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requirements.txt");
    let wanted = fs::read_to_string(&requirements).unwrap();
    let stamp = venv.join("requirements.stamp");
    if !python.exists() || fs::read_to_string(&stamp).ok().as_deref() != Some(&*wanted) {
        make(&venv, &python, &requirements);
        // Last: an environment without a stamp is one that was not finished.
        fs::write(&stamp, wanted).unwrap();
    }
    python
}

fn make(venv: &Path, python: &Path, requirements: &Path) {
    let base = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(venv));
    let mut install = Command::new(python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
    run(install.arg(requirements));
}

/// Runs a command and returns its standard output; panics with all that it said where it fails.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!(
            "{command:?}: {error}. These tests need Python 3 with `venv` on the PATH (Debian: python3-venv)"
        )
    });
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        said(&output.stdout),
        said(&output.stderr)
    );
    said(&output.stdout)
}
