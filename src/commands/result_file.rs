//! A result that goes into one file: whole or not at all, where the user's path leads to.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{CommandError, Context};

/// As many links are followed as Linux does.
const MOST_LINKS: usize = 40;

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResultFile {
    /// `-`.
    StandardOutput,
    /// A regular file, there already or not: the path with links followed.
    Regular(PathBuf),
    /// A pipe or a device: there is nothing to replace.
    Straight(PathBuf),
}

impl ResultFile {
    /// Where `path` leads to. Nothing is written or opened.
    ///
    /// # Errors
    /// When it is a folder, or lies in none.
    pub fn at(path: &Path) -> Result<ResultFile, CommandError> {
        if path == Path::new("-") {
            return Ok(ResultFile::StandardOutput);
        }
        let refused = |why: &str| {
            Err(CommandError::usage(format!("{}: {why}", path.display()))
                .hint("name a file, or `-` for standard output"))
        };
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => return refused("this is a folder"),
            Ok(found) if !found.is_file() => return Ok(ResultFile::Straight(path.to_owned())),
            _ => {}
        }
        let target = end_of_links(path)
            .map_err(|error| CommandError::input(format!("{}: {error}", path.display())))?;
        // What stands there is a handle of a process, whatever it leads to.
        if ["/dev", "/proc"].iter().any(|folder| target.starts_with(folder)) {
            return Ok(ResultFile::Straight(path.to_owned()));
        }
        if target.file_name().is_none() {
            return refused("this is a folder");
        }
        if path.to_string_lossy().ends_with(std::path::MAIN_SEPARATOR) {
            return refused("the folder does not exist");
        }
        match fs::metadata(folder_of(&target)) {
            Ok(folder) if folder.is_dir() => Ok(ResultFile::Regular(target)),
            Ok(_) => refused("what should be its folder is a file"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => refused("its folder does not exist"),
            Err(error) => Err(CommandError::input(format!("{}: {error}", path.display()))),
        }
    }

    /// Writes the whole result. A regular file gets its name only when all of it is written, and keeps its permissions;
    /// nothing is left behind where that fails.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, context: &Context, bytes: &[u8]) -> Result<(), CommandError> {
        let (path, written) = match self {
            ResultFile::StandardOutput => return Ok(context.terminal.result_bytes(bytes)?),
            ResultFile::Regular(path) => (path, replace(path, bytes)),
            // Standard output may be a file by another name: what it has must stay.
            ResultFile::Straight(path) => {
                let open = OpenOptions::new().append(true).open(path);
                (path, open.and_then(|mut file| file.write_all(bytes)))
            }
        };
        match written {
            // Nobody reads any more.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(error.into()),
            written => written.map_err(|error| CommandError::input(format!("{}: {error}", path.display()))),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The path that stands at the end of a row of links, be there anything or not.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

/// Writes a file under another name beside its place, then gives it its own.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.partial", std::process::id()));
    let partial = path.with_file_name(name);
    let before = fs::metadata(path).ok().map(|found| found.permissions());
    if before.as_ref().is_some_and(fs::Permissions::readonly) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only"));
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(&partial)?;
    let write = |file: &mut File| {
        file.write_all(bytes)?;
        if let Some(permissions) = before {
            file.set_permissions(permissions)?;
        }
        fs::rename(&partial, path)
    };
    let written = write(&mut file);
    if written.is_err() {
        // What went wrong before is what the user is told.
        let _ = fs::remove_file(&partial);
    }
    written
}
