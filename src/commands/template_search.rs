//! The files that `validate` looks at: those that are named, and all below the folders that are named.

use std::path::{Path, PathBuf};

use super::{CommandError, Context, inputs};
use crate::template::Template;

/// Folders that hold no templates of one's own.
const LEFT_OUT: [&str; 4] = [".git", "node_modules", "target", ".venv"];
/// Deepest nesting of folders.
const DEEPEST: usize = 64;
/// Endings that templates usually have. A file of such a name that can't be read as one is taken for a broken template.
const USUAL_ENDINGS: [&str; 6] = ["yaml", "yml", "json", "template", "cfn", "txt"];
/// The sections of a template.
const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// A file to look at.
#[derive(Debug)]
pub struct Given {
    /// Where it is.
    pub path: PathBuf,
    /// Named itself, and not found in a folder.
    pub named: bool,
}

/// What was given comes to: files in the order given, those of folders in the order of names; and the folders that could
/// not be read.
pub fn files(
    context: &Context,
    given: Vec<PathBuf>,
) -> Result<Vec<Result<Given, CommandError>>, CommandError> {
    if given.is_empty() {
        return Ok(vec![Ok(Given { path: inputs::template_path(context, None)?, named: true })]);
    }
    let mut found = Vec::new();
    for path in given {
        if path.is_dir() {
            walk(&path, &mut found, 0);
        } else {
            found.push(Ok(Given { path, named: true }));
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<Result<Given, CommandError>>, depth: usize) {
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", folder.display()));
    let read = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries: Vec<std::fs::DirEntry> = match read {
        Ok(entries) => entries,
        Err(error) => return found.push(Err(failed(error))),
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => {
                found.push(Err(failed(error)));
                continue;
            }
        };
        if kind.is_dir() {
            let is_left_out = LEFT_OUT.iter().any(|name| entry.file_name() == *name);
            if depth < DEEPEST && !is_left_out {
                walk(&path, found, depth + 1);
            }
        // Links to folders are not followed: they may lead in circles.
        } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
            found.push(Ok(Given { path, named: false }));
        }
    }
}

impl Given {
    /// Whether the file is called as templates are.
    pub fn is_called_so(&self) -> bool {
        let ending = self.path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        USUAL_ENDINGS.contains(&&*ending)
    }

    /// Whether a file that holds the type's name is a template: one that is named is meant. One that was found has
    /// sections, or, where it can't be read as a whole, a template's name or beginning. All others only mention the type,
    /// as documents, programs and snapshots of generators do.
    pub fn is_template(&self, template: &Template) -> bool {
        if self.named {
            return true;
        }
        if !template.document.problems.is_empty() {
            return self.is_called_so() || begins_like_one(&template.source.text);
        }
        ["Resources", "AWSTemplateFormatVersion", "Transform", "Parameters", "Outputs"]
            .iter()
            .any(|name| template.section(name).is_some())
    }
}

/// Whether a text begins as templates do: with a section, or a brace.
pub fn begins_like_one(text: &str) -> bool {
    let text = text.trim_start_matches('\u{FEFF}');
    let lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let first = lines
        .map(|line| line.trim_start_matches("--- "))
        .find(|line| !line.starts_with('#') && *line != "---" && !line.starts_with('%'));
    let Some(first) = first else { return false };
    first.starts_with('{')
        || first.split_once(':').is_some_and(|(key, _)| {
            let key = key.trim_matches(['"', '\'']);
            SECTIONS.contains(&key)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_programs_do_not_begin_like_templates() {
        let like = ["Resources:\n", "# a\n---\nDescription: x\n", "\u{FEFF}{\n", "\"Resources\": {"];
        let unlike = ["# A title\nText: more\n", "", "import x\n", "---\ntitle: a\n", "  Resources:\n"];
        assert!(like.iter().all(|text| begins_like_one(text)));
        assert!(!unlike.iter().any(|text| begins_like_one(text)));
    }
}
