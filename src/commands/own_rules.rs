//! The folder of the user's own rules: found, read within limits, and refused as a whole if anything in it is wrong.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{CommandError, Context};
use crate::foundation::span::Source;
use crate::rules::own::{LARGEST_FILE, MOST_FILES, OwnRules};

/// Endings of rule files; other files may lie beside them.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// Deepest nesting of folders.
const DEEPEST: usize = 16;
/// Most mistakes that are told at once.
const MOST_TOLD: usize = 20;

/// The rules of the folder that is given, or configured; none without either.
pub fn given(context: &Context, folder: Option<&Path>) -> Result<OwnRules, CommandError> {
    let configured = context.config.validate.rules.as_ref().map(|path| context.config.path(path));
    match folder.map(Path::to_owned).or(configured) {
        Some(folder) => read(&folder),
        None => Ok(OwnRules::default()),
    }
}

/// Reads a folder of rules.
pub fn read(folder: &Path) -> Result<OwnRules, CommandError> {
    let mut paths = Vec::new();
    walk(folder, &mut paths, 0)?;
    if paths.is_empty() {
        let error = CommandError::input(format!("{}: the folder holds no rules", folder.display()));
        return Err(
            error.hint("put a YAML or JSON file a rule there; `firehose-kit schema own-rule` describes it")
        );
    }
    if paths.len() > MOST_FILES {
        let message = format!("{}: {} files; {MOST_FILES} rules are the most", folder.display(), paths.len());
        return Err(CommandError::input(message).hint("split the folder"));
    }
    let sources = paths.iter().map(|path| source(path)).collect::<Result<Vec<_>, _>>()?;
    OwnRules::read(sources).map_err(|mistakes| {
        let line = |mistake: &crate::rules::own::Mistake| match &mistake.help {
            Some(help) => format!("{mistake}; {help}"),
            None => mistake.to_string(),
        };
        let mut lines: Vec<String> = mistakes.iter().take(MOST_TOLD).map(line).collect();
        if mistakes.len() > MOST_TOLD {
            lines.push(format!("and {} more", mistakes.len() - MOST_TOLD));
        }
        CommandError::input(lines.join("\n       "))
            .hint("`firehose-kit schema own-rule` prints what a rule file may hold")
    })
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>, depth: usize) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", folder.display()));
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).map_err(failed)?.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Links are followed; one that leads round in a circle ends at the depth.
        if std::fs::metadata(&path).is_ok_and(|about| about.is_dir()) {
            if depth == DEEPEST {
                let message = format!("{}: folders nest more than {DEEPEST} levels deep", path.display());
                return Err(CommandError::input(message));
            }
            walk(&path, paths, depth + 1)?;
        } else if path.extension().is_some_and(|ending| ENDINGS.contains(&&*ending.to_string_lossy())) {
            paths.push(path);
        }
    }
    Ok(())
}

fn source(path: &Path) -> Result<Source, CommandError> {
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", path.display()));
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(CommandError::input(format!("{}: not a file", path.display())));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > LARGEST_FILE {
        let message = format!("{}: more than {LARGEST_FILE} bytes, too large for a rule", path.display());
        return Err(CommandError::input(message));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        CommandError::input(format!("{}: not valid UTF-8 (byte {at})", path.display()))
    })?;
    Ok(Source::new(path.display().to_string(), text))
}
