//! Users' own rules: a file each, with what it applies to and a JSON Schema that the resolved resource must satisfy.
//!
//! [`file`] reads a rule file and says exactly where it is wrong, [`path`] knows where a rule looks, [`demand`] holds
//! the compiled schemas, [`three_valued`] makes them honest about what is unknown, and [`check`] finds. Rule files are
//! not trusted: everything about them is bounded. Nothing here touches the file system.

pub mod check;
pub mod demand;
pub mod examples;
pub mod file;
pub mod instance;
pub mod path;
pub mod three_valued;
pub mod words;

use std::sync::Arc;

use crate::foundation::diagnostic::Severity;
use crate::foundation::span::{Source, Span};
use crate::template::schema::Schemas;

/// Most rule files of a folder.
pub const MOST_FILES: usize = 1000;
/// Largest rule file, in bytes.
pub const LARGEST_FILE: usize = 1 << 20;

/// A rule of the user's.
#[derive(Debug)]
pub struct OwnRule {
    /// The id, such as `ORG001`; never one of ours.
    pub id: String,
    /// The kebab-case name; the id in lower case where the file gives none.
    pub name: String,
    /// How bad its findings are.
    pub severity: Severity,
    /// What its findings say first.
    pub message: String,
    /// What to do, as an imperative.
    pub help: Option<String>,
    /// The resource types that it applies to.
    pub kinds: Vec<String>,
    /// Where in the resource it looks; the whole resource if empty.
    pub path: Vec<path::Part>,
    /// What the whole resource must satisfy for the rule to apply.
    pub when: Option<demand::Demand>,
    /// What the value at the path must satisfy.
    pub demand: demand::Demand,
    /// Templates that the rule must be silent on, and that it must fire on.
    pub examples: Vec<examples::Example>,
    /// The file.
    pub file: String,
}

/// The rules of a folder.
#[derive(Debug, Clone, Default)]
pub struct OwnRules(Arc<[OwnRule]>);

impl OwnRules {
    /// Reads rule files, given as sources. All mistakes of all files come back, in the order of the files.
    pub fn read(sources: impl IntoIterator<Item = Source>) -> Result<OwnRules, Vec<Mistake>> {
        let schemas = Schemas::new();
        let mut rules: Vec<OwnRule> = Vec::new();
        let mut mistakes = Vec::new();
        for source in sources {
            match file::read(&source, &schemas, &rules) {
                Ok(rule) => rules.push(rule),
                Err(found) => mistakes.extend(found),
            }
        }
        if mistakes.is_empty() { Ok(OwnRules(rules.into())) } else { Err(mistakes) }
    }

    /// The rules, in the order of their files.
    pub fn iter(&self) -> std::slice::Iter<'_, OwnRule> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A rule by its id or name.
    pub fn find(&self, id_or_name: &str) -> Option<&OwnRule> {
        self.iter().find(|rule| rule.id.eq_ignore_ascii_case(id_or_name) || rule.name == id_or_name)
    }
}

/// Whether a word has the form of an own rule's id: `[A-Z][A-Z0-9]{1,9}[0-9]{2,4}`, not beginning with `FH`.
pub fn is_id(word: &str) -> bool {
    let bytes = word.as_bytes();
    let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    (4..=14).contains(&bytes.len())
        && bytes[0].is_ascii_uppercase()
        && bytes.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && digits >= 2
        && bytes.len() - digits.min(4) <= 10
        && !word.starts_with("FH")
}

/// What is wrong with a rule file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file with line and column, such as `rules/tags.yaml:3:5`.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake at a span of a rule file.
    pub fn at(source: &Source, span: Span, message: impl Into<String>) -> Mistake {
        let position = source.position(span.start);
        let place = format!("{}:{}:{}", source.name, position.line, position.column);
        Mistake { place, message: message.into(), help: None }
    }

    /// Adds what to do.
    pub fn help(mut self, help: impl Into<String>) -> Mistake {
        self.help = Some(help.into());
        self
    }
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn the_form_of_ids() {
        for word in ["ORG001", "AB12", "A1B2C30001", "SECURITYXY0001"] {
            assert!(is_id(word), "{word}");
        }
        for word in ["FH801", "FHX01", "org001", "ORG1", "ORG", "1OR01", "ORG-001", "", "O01"] {
            assert!(!is_id(word), "{word}");
        }
    }
}
