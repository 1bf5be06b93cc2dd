//! A finding: what is wrong, where, and what to do about it.

use std::borrow::Cow;

use super::span::Span;

/// How bad a finding is. The order is from harmless to serious.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Advice.
    Info,
    /// A likely mistake, data loss, exposure or cost.
    Warning,
    /// The deployment or the delivery will fail.
    Error,
}

impl Severity {
    /// The word used in output and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place with a remark, shown beside the primary one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What to say there.
    pub message: String,
}

/// One replacement of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// A mechanical repair that keeps comments, order and layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The edits, which do not overlap; none where they are not to be shown.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix of one replacement.
    pub fn replace(span: Span, replacement: impl Into<String>) -> Fix {
        Fix { edits: vec![Edit { span, replacement: replacement.into() }] }
    }
}

/// A finding. The primary place is a field, so it can't be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable id of the rule, such as `FH305`; of a user's own rule, what its file says.
    pub rule: Cow<'static, str>,
    /// The rule's kebab-case name.
    pub name: Cow<'static, str>,
    /// How bad it is, after overrides.
    pub severity: Severity,
    /// The fact, without the advice.
    pub message: String,
    /// Where it is.
    pub span: Span,
    /// The same place as `Resources/Stream/Properties/...`; empty for the file as a whole.
    pub path: String,
    /// The logical id of the resource that holds it.
    pub resource: Option<String>,
    /// What to do, as an imperative.
    pub help: Option<String>,
    /// What the service would answer, where known.
    pub service_message: Option<String>,
    /// Other places that explain it.
    pub related: Vec<Label>,
    /// A mechanical repair.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// The fact, what the service would answer, and the advice, a line each: for formats with one field for all.
    pub fn full_message(&self) -> String {
        let mut text = self.message.clone();
        if let Some(answer) = &self.service_message {
            text += &format!("\nthe service answers: {answer}");
        }
        if let Some(help) = &self.help {
            text += &format!("\nhelp: {help}");
        }
        text
    }
}
