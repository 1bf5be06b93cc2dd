//! Brings a function's code to where it runs: inline text into a file, a zip file unpacked, folders and programs where
//! they are.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use super::{FunctionCode, LocalFunction, StartError, interpreter::Language};

/// Most bytes that a zip file may come to. Source: Lambda developer guide, "Lambda quotas" (250 MB unzipped).
const LARGEST_UNPACKED: u64 = 262_144_000;
/// Most entries of a zip file.
const MOST_ENTRIES: usize = 100_000;

/// Code that is ready to run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// `LAMBDA_TASK_ROOT`.
    pub root: PathBuf,
    /// `_HANDLER`.
    pub handler: String,
    /// What it is written in.
    pub language: Language,
    /// The program, for [`Language::Program`].
    pub program: Option<PathBuf>,
}

/// Places the code of a function; what has to be written goes into `folder`, which exists and is empty.
pub(super) fn place(function: &LocalFunction, folder: &Path) -> Result<Placed, StartError> {
    let failed = |what: &Path, error: io::Error| {
        StartError::new(&function.name, format!("{}: {error}", what.display()))
    };
    let path = match &function.code {
        FunctionCode::Inline(text) => return inline(function, text, folder),
        // Processes start in other folders than ours.
        FunctionCode::Path(path) => fs::canonicalize(path).map_err(|error| failed(path, error))?,
    };
    if path.is_dir() {
        return in_folder(function, path);
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("zip" | "jar") => {
            unpack(&path, folder, LARGEST_UNPACKED).map_err(|error| failed(&path, error))?;
            in_folder(function, folder.to_owned())
        }
        Some("py") => source_file(function, &path, Language::Python),
        Some("js" | "mjs" | "cjs") => source_file(function, &path, Language::Node),
        _ => program(function, path),
    }
}

fn language(function: &LocalFunction) -> Result<Option<Language>, StartError> {
    let Some(runtime) = &function.runtime else { return Ok(None) };
    Language::of_runtime(runtime).map(Some).ok_or_else(|| {
        StartError::new(&function.name, format!("functions with the runtime `{runtime}` can't be run here"))
            .hint("name an endpoint that runs it, `http://host:port`, or recorded answers, `recorded:FILE`")
    })
}

fn inline(function: &LocalFunction, text: &str, folder: &Path) -> Result<Placed, StartError> {
    let language = language(function)?.ok_or_else(|| {
        StartError::new(&function.name, "its inline code has no `Runtime`")
            .hint("give the function a `Runtime`")
    })?;
    let file = match language {
        Language::Python => "index.py",
        Language::Node => "index.js",
        Language::Program => {
            return Err(StartError::new(&function.name, "inline code is for Python and Node.js only"));
        }
    };
    let write = |file: &str, text: &str| {
        fs::write(folder.join(file), text)
            .map_err(|error| StartError::new(&function.name, format!("its code can't be written: {error}")))
    };
    write(file, text)?;
    if language == Language::Node {
        // Newer versions of Node.js would find out by themselves that it is an ES module; in Lambda it is none. Source:
        // CloudFormation reference, AWS::Lambda::Function Code, which tells no versions apart.
        write("package.json", "{\"type\":\"commonjs\"}\n")?;
    }
    let handler = function.handler.clone().unwrap_or_else(|| "index.handler".to_owned());
    Ok(Placed { root: folder.to_owned(), handler, language, program: None })
}

fn in_folder(function: &LocalFunction, root: PathBuf) -> Result<Placed, StartError> {
    let known = language(function)?;
    let bootstrap = root.join("bootstrap");
    if known == Some(Language::Program) || (known.is_none() && bootstrap.is_file()) {
        if !bootstrap.is_file() {
            let message = format!("{} holds no `bootstrap`", root.display());
            return Err(StartError::new(&function.name, message));
        }
        return program(function, bootstrap);
    }
    let handler = function.handler.clone().ok_or_else(|| {
        StartError::new(&function.name, "its handler is not known")
            .hint("name it behind the folder: `--function ID=src/:app.handler`")
    })?;
    let module = handler.rsplit_once('.').map_or(handler.as_str(), |(module, _)| module);
    let has = |ending: &str| root.join(format!("{module}.{ending}")).is_file();
    let language = known.or_else(|| match () {
        () if has("py") || root.join(module.replace('.', "/")).join("__init__.py").is_file() => {
            Some(Language::Python)
        }
        () if ["js", "mjs", "cjs"].into_iter().any(has) => Some(Language::Node),
        () => None,
    });
    let language = language.ok_or_else(|| {
        let message = format!("{} holds no {module}.py, .js, .mjs or .cjs", root.display());
        StartError::new(&function.name, message).hint("give the function a `Runtime`, or another handler")
    })?;
    Ok(Placed { root, handler, language, program: None })
}

/// A single file: its folder is the root, and of the handler only the function's name counts.
fn source_file(function: &LocalFunction, path: &Path, own: Language) -> Result<Placed, StartError> {
    if language(function)?.is_some_and(|known| known != own) {
        let runtime = function.runtime.as_deref().unwrap_or_default();
        let message = format!("{} is no code for the runtime `{runtime}`", path.display());
        return Err(StartError::new(&function.name, message));
    }
    let usual = if own == Language::Python { "lambda_handler" } else { "handler" };
    let handler = function.handler.as_deref().unwrap_or(usual);
    let name = handler.rsplit('.').next().unwrap_or(handler);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let root = path.parent().unwrap_or(Path::new("/")).to_owned();
    Ok(Placed { root, handler: format!("{stem}.{name}"), language: own, program: None })
}

fn program(function: &LocalFunction, path: PathBuf) -> Result<Placed, StartError> {
    use std::os::unix::fs::PermissionsExt;

    if let Some(other) = language(function)?.filter(|known| *known != Language::Program) {
        let message = format!("{} is no code for {other:?}", path.display());
        return Err(StartError::new(&function.name, message)
            .hint("name a folder, a zip file, or a .py, .js, .mjs or .cjs file"));
    }
    let mode = fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o111 == 0 {
        let message = format!("{} is not executable", path.display());
        return Err(StartError::new(&function.name, message).hint(
            "name a folder, a zip file, a .py, .js, .mjs or .cjs file, or make the program executable",
        ));
    }
    Ok(Placed {
        root: path.parent().unwrap_or(Path::new("/")).to_owned(),
        handler: function.handler.clone().unwrap_or_else(|| "bootstrap".to_owned()),
        language: Language::Program,
        program: Some(path),
    })
}

/// Unpacks a zip file: no entry may lie outside of the folder, be a link, or go beyond the bounds.
fn unpack(path: &Path, folder: &Path, largest: u64) -> io::Result<()> {
    let wrong = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
    let mut archive = zip::ZipArchive::new(io::BufReader::new(File::open(path)?))
        .map_err(|error| wrong(format!("not a zip file: {error}")))?;
    if archive.len() > MOST_ENTRIES {
        return Err(wrong(format!("more than {MOST_ENTRIES} entries")));
    }
    let mut left = largest;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(|error| wrong(format!("entry {at}: {error}")))?;
        let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
        let inside = entry
            .enclosed_name()
            .filter(|name| {
                name.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
            })
            .ok_or_else(|| wrong(format!("the entry `{name}` lies outside of the archive")))?;
        let target = folder.join(inside);
        if entry.is_symlink() {
            return Err(wrong(format!(
                "the entry `{name}` is a symbolic link; unpack it yourself and name the folder"
            )));
        }
        if entry.is_dir() {
            fs::create_dir_all(&target)?;
            continue;
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
        let mut file = File::create(&target)?;
        // What the entry says of its size is no bound: what it comes to is.
        let written = io::copy(&mut entry.by_ref().take(left + 1), &mut file)?;
        left = left
            .checked_sub(written)
            .ok_or_else(|| wrong(format!("it unpacks to more than {largest} bytes")))?;
        if executable {
            use std::os::unix::fs::PermissionsExt;
            file.set_permissions(fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, text) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn unpacked(bytes: &[u8]) -> (tempfile::TempDir, io::Result<()>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("code.zip");
        fs::write(&path, bytes).unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).unwrap();
        let result = unpack(&path, &inside, 1000);
        (folder, result)
    }

    #[test]
    fn an_archive_is_unpacked() {
        let (folder, result) = unpacked(&zip(&[("app.py", "x"), ("pkg/__init__.py", "")]));
        result.unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("inside/app.py")).unwrap(), "x");
        assert!(folder.path().join("inside/pkg/__init__.py").exists());
    }

    #[test]
    fn entries_outside_links_and_other_files_are_refused() {
        for name in ["../evil.py", "a/../../evil.py", "/evil.py"] {
            let (folder, result) = unpacked(&zip(&[(name, "x")]));
            assert!(result.is_err() || folder.path().join("inside/evil.py").exists(), "{name}");
            assert!(!folder.path().join("evil.py").exists(), "{name}");
            assert!(!Path::new("/evil.py").exists(), "{name}");
        }
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        writer.add_symlink("link", "/etc", zip::write::SimpleFileOptions::default()).unwrap();
        let (_folder, result) = unpacked(&writer.finish().unwrap().into_inner());
        assert!(result.unwrap_err().to_string().contains("symbolic link"));
        let (_folder, result) = unpacked(&zip(&[("a", &"x".repeat(600)), ("b", &"x".repeat(600))]));
        assert!(result.unwrap_err().to_string().contains("more than 1000 bytes"));
        let (_folder, result) = unpacked(b"not a zip file");
        assert!(result.unwrap_err().to_string().contains("not a zip file"));
    }
}
