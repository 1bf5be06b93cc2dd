//! What `--fix` and `--diff` do with repaired templates: write them in place, or show what would change.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::CommandError;
use crate::rules::{self, fix::Fixed};
use crate::template::Template;

/// A template whose text was repaired; standard input's also where nothing was.
#[derive(Debug)]
pub struct Repair {
    /// Where to write it; `None` is standard output.
    pub path: Option<PathBuf>,
    /// How many findings were repaired.
    pub count: usize,
    /// The new text.
    pub text: String,
    /// The change as a unified diff, in which secrets are masked.
    pub diff: String,
}

impl Repair {
    /// What became of the text of `path`.
    pub fn new(path: &Path, old: &Template, fixed: &Fixed) -> Option<Repair> {
        let path = (path != Path::new("-")).then(|| path.to_owned());
        if fixed.count == 0 && path.is_some() {
            return None;
        }
        let shown = |template: &Template| rules::shown_source(template).text;
        Some(Repair {
            path,
            count: fixed.count,
            text: fixed.template.source.text.clone(),
            diff: unified_diff(&old.source.name, &shown(old), &shown(&fixed.template)),
        })
    }
}

/// The change as a unified diff with three lines of context; empty where there is none.
fn unified_diff(name: &str, old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(3).header(name, name).to_string()
}

/// Replaces a file as a whole: a reader sees the old text or the new one, and its permissions stay.
pub fn write_in_place(path: &Path, text: &str) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", path.display()));
    // A link stays a link: what it leads to is replaced.
    let target = std::fs::canonicalize(path).map_err(failed)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.partial", std::process::id()));
    let partial = target.with_file_name(name);
    let written = write_beside(&target, &partial, text);
    if written.is_err() {
        // What went wrong before is what the user is told.
        let _ = std::fs::remove_file(&partial);
    }
    written.map_err(failed)
}

fn write_beside(target: &Path, partial: &Path, text: &str) -> std::io::Result<()> {
    let permissions = std::fs::metadata(target)?.permissions();
    if permissions.readonly() {
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(partial)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()?;
    std::fs::rename(partial, target)
}

/// `Fixed 3 findings in 2 files`.
pub fn summary(verb: &str, repairs: &[Repair]) -> String {
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let findings = repairs.iter().map(|repair| repair.count).sum();
    let files = repairs.iter().filter(|repair| repair.count > 0).count();
    format!("{verb} {} in {}", count(findings, "finding"), count(files, "file"))
}
