//! The output folder: nothing half-written ever stands in it under a final name.
//!
//! Everything is written below a hidden folder inside it; only a run that completed moves its results to their final
//! names, the report last. Dropping an uncommitted folder takes all of it away again.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Where an unfinished run writes, inside the output folder.
const PARTIAL: &str = ".firehose-kit-partial";

/// What a run leaves behind, in the order of moving it to its final name.
const RESULTS: [&str; 4] = ["s3", "requests", "manifest.jsonl", "report.json"];

/// Why results can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The folder holds something and was not to be replaced.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The folder was to be replaced but holds no earlier run.
    #[error("{} is not empty and holds no earlier run (manifest.jsonl and report.json)", .0.display())]
    NotARun(PathBuf),
    /// Something can't be read, written or moved.
    #[error("{}: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// An output folder that is being written.
#[derive(Debug)]
pub struct OutputFolder {
    root: PathBuf,
    partial: PathBuf,
    was_absent: bool,
    committed: bool,
    made: Mutex<BTreeSet<PathBuf>>,
}

impl OutputFolder {
    /// Claims a folder that is absent or empty; with `replace`, also one that holds an earlier run.
    ///
    /// # Errors
    /// When it holds anything else or can't be made.
    pub fn open(root: &Path, replace: bool) -> Result<OutputFolder, OutputError> {
        let was_absent = !root.exists();
        fs::create_dir_all(root).map_err(at(root))?;
        let mut names = Vec::new();
        for entry in fs::read_dir(root).map_err(at(root))? {
            names.push(entry.map_err(at(root))?.file_name());
        }
        names.retain(|name| name != PARTIAL);
        if !names.is_empty() {
            if !replace {
                return Err(OutputError::NotEmpty(root.to_owned()));
            }
            if !["manifest.jsonl", "report.json"].iter().all(|name| root.join(name).is_file()) {
                return Err(OutputError::NotARun(root.to_owned()));
            }
        }
        let partial = root.join(PARTIAL);
        remove(&partial)?;
        fs::create_dir(&partial).map_err(at(&partial))?;
        let root = root.to_owned();
        Ok(OutputFolder { root, partial, was_absent, committed: false, made: Mutex::default() })
    }

    /// Writes a whole file; `path` is relative, with `/` between parts.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let mut file = self.create(path)?;
        file.write_all(bytes).map_err(at(&self.partial.join(path)))
    }

    /// Takes a file away again, and the folders that it leaves empty.
    ///
    /// # Errors
    /// When it can't be removed.
    pub fn remove(&self, path: &str) -> Result<(), OutputError> {
        let path = self.partial.join(path);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        fs::remove_file(&path).map_err(at(&path))?;
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != self.partial) {
            // Fails where something else lies in it, and that is how it should be.
            if fs::remove_dir(folder).is_err() {
                break;
            }
            made.remove(folder);
        }
        Ok(())
    }

    /// Gives a file another path; both are relative, with `/` between parts.
    ///
    /// # Errors
    /// When it can't be moved.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), OutputError> {
        drop(self.create(to)?);
        let from = self.partial.join(from);
        fs::rename(&from, self.partial.join(to)).map_err(at(&from))
    }

    /// Where a run may put what is no result; goes when the run ends.
    pub fn scratch(&self) -> PathBuf {
        self.partial.join(".parked")
    }

    /// A file to be written piece by piece; `path` is relative, with `/` between parts.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(&self, path: &str) -> Result<File, OutputError> {
        let path = self.partial.join(path);
        if let Some(parent) = path.parent() {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            if !made.contains(parent) {
                fs::create_dir_all(parent).map_err(at(parent))?;
                made.insert(parent.to_owned());
            }
        }
        File::create(&path).map_err(at(&path))
    }

    /// Replaces an earlier run and gives everything its final name.
    ///
    /// # Errors
    /// When something can't be moved.
    pub fn commit(mut self) -> Result<(), OutputError> {
        // Backwards: a folder without its report is no run.
        for name in RESULTS.iter().rev() {
            remove(&self.root.join(name))?;
        }
        for name in RESULTS {
            let from = self.partial.join(name);
            if from.exists() {
                fs::rename(&from, self.root.join(name)).map_err(at(&from))?;
            }
        }
        self.committed = true;
        remove(&self.partial)
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing more can be done about what can't be removed; it stands under a hidden name.
            let _ = remove(&self.partial);
            if self.was_absent {
                let _ = fs::remove_dir(&self.root);
            }
        }
    }
}

fn remove(path: &Path) -> Result<(), OutputError> {
    let removed = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> OutputError {
    let path = path.to_owned();
    move |source| OutputError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path) -> Vec<String> {
        let entries = fs::read_dir(root).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_has_its_final_name_before_the_commit() {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("out");
        let folder = OutputFolder::open(&root, false).unwrap();
        folder.write("s3/b/k", b"x").unwrap();
        folder.create("report.json").unwrap();
        assert_eq!(names(&root), [PARTIAL]);
        folder.commit().unwrap();
        assert_eq!(names(&root), ["report.json", "s3"]);
        assert_eq!(fs::read(root.join("s3/b/k")).unwrap(), b"x");
    }

    #[test]
    fn a_run_that_is_broken_off_leaves_nothing() {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("out");
        OutputFolder::open(&root, false).unwrap().write("s3/b/k", b"x").unwrap();
        assert!(!root.exists());
        fs::create_dir(&root).unwrap();
        OutputFolder::open(&root, false).unwrap().write("s3/b/k", b"x").unwrap();
        assert!(names(&root).is_empty());
    }

    #[test]
    fn only_an_earlier_run_is_replaced_and_only_what_it_wrote() {
        let base = tempfile::tempdir().unwrap();
        let root = base.path();
        fs::write(root.join("thesis.txt"), "x").unwrap();
        assert!(matches!(OutputFolder::open(root, false), Err(OutputError::NotEmpty(_))));
        assert!(matches!(OutputFolder::open(root, true), Err(OutputError::NotARun(_))));
        fs::write(root.join("manifest.jsonl"), "").unwrap();
        fs::write(root.join("report.json"), "").unwrap();
        fs::create_dir(root.join("s3")).unwrap();
        OutputFolder::open(root, true).unwrap().commit().unwrap();
        assert_eq!(names(root), ["thesis.txt"]);
    }

    #[test]
    fn a_removed_file_takes_its_empty_folders_along() {
        let base = tempfile::tempdir().unwrap();
        let folder = OutputFolder::open(base.path(), false).unwrap();
        folder.write("s3/b/2026/01/k", b"x").unwrap();
        folder.write("s3/b/l", b"x").unwrap();
        folder.remove("s3/b/2026/01/k").unwrap();
        folder.write("s3/b/2026/01/m", b"x").unwrap();
        folder.commit().unwrap();
        assert_eq!(names(&base.path().join("s3/b")), ["2026", "l"]);
    }
}
