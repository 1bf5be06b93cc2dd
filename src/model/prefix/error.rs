//! What can be wrong with the text of a prefix, each with its place and the service's words for it.

use std::fmt;
use std::ops::Range;

/// The two properties that hold prefix expressions. The service names the property in its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefixProperty {
    /// `Prefix`.
    Prefix,
    /// `ErrorOutputPrefix`.
    ErrorOutputPrefix,
}

impl PrefixProperty {
    /// The property's name in CloudFormation and in the API.
    pub fn name(self) -> &'static str {
        match self {
            PrefixProperty::Prefix => "Prefix",
            PrefixProperty::ErrorOutputPrefix => "ErrorOutputPrefix",
        }
    }
}

/// One thing wrong with a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixError {
    /// The wrong part, in bytes of the text given to [`Prefix::parse`](super::Prefix::parse).
    pub range: Range<usize>,
    /// What is wrong with it.
    pub kind: PrefixErrorKind,
}

/// What is wrong with a part of a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrefixErrorKind {
    /// `!{` that is never closed, or not before the next `!{`. The range is the `!{`.
    UnclosedExpression,
    /// `!{...}` that is not `!{namespace:value}`. The range is all of it.
    StrayOpener,
    /// The word left of the colon is no namespace. The range is the word.
    UnknownNamespace {
        /// The word.
        found: Box<str>,
    },
    /// The word after `firehose:` is neither `error-output-type` nor `random-string`.
    UnknownFirehoseValue {
        /// The word.
        found: Box<str>,
    },
    /// An unquoted letter that is no date pattern letter. The range is the run of that letter.
    BadPatternLetter {
        /// The letter.
        letter: char,
    },
    /// A date pattern letter, but not allowed this many times in a row. The range is the run.
    BadLetterCount {
        /// The letter.
        letter: char,
        /// How often it stands there.
        count: usize,
    },
    /// A single quote in a date pattern that is not closed before the `}`. The range is the quote.
    UnterminatedQuote,
    /// `{`, `}` or `#` outside quotes in a date pattern, which java.time reserves.
    ReservedCharacter {
        /// The character.
        character: char,
    },
    /// `]` without a `[` before it in a date pattern. The range is the bracket.
    UnbalancedOptional,
    /// `!{timestamp:}`. The range is the whole expression.
    EmptyPattern,
    /// `!{partitionKeyFrom...:}`. The range is the whole expression.
    EmptyKey,
}

impl PrefixErrorKind {
    /// The text with which the service refuses it (fact sheet, section 15, measured).
    ///
    /// CHOICE: the texts for empty patterns, empty keys, quotes, brackets and reserved characters were
    /// not measured; they get the text of their nearest measured relative.
    pub fn service_message(&self, property: PrefixProperty) -> String {
        match self {
            PrefixErrorKind::UnclosedExpression
            | PrefixErrorKind::StrayOpener
            | PrefixErrorKind::EmptyPattern
            | PrefixErrorKind::EmptyKey => "Invalid expression usage".to_owned(),
            PrefixErrorKind::UnknownNamespace { found } => {
                format!("Namespace to the left of colon ({found}) is an invalid keyword!")
            }
            PrefixErrorKind::UnknownFirehoseValue { .. }
            | PrefixErrorKind::BadPatternLetter { .. }
            | PrefixErrorKind::BadLetterCount { .. }
            | PrefixErrorKind::UnterminatedQuote
            | PrefixErrorKind::ReservedCharacter { .. }
            | PrefixErrorKind::UnbalancedOptional => format!(
                "Invalid conversion character used in the value of the expression in {}",
                property.name()
            ),
        }
    }
}

impl fmt::Display for PrefixErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrefixErrorKind::UnclosedExpression => write!(out, "`!{{` is not closed by `}}`"),
            PrefixErrorKind::StrayOpener => {
                write!(out, "`!{{` does not open a complete `!{{namespace:value}}`")
            }
            PrefixErrorKind::UnknownNamespace { found } => write!(out, "unknown namespace `{found}`"),
            PrefixErrorKind::UnknownFirehoseValue { found } => {
                write!(out, "`{found}` is neither `error-output-type` nor `random-string`")
            }
            PrefixErrorKind::BadPatternLetter { letter } => {
                write!(out, "`{letter}` is not a date pattern letter")
            }
            PrefixErrorKind::BadLetterCount { letter, count: 1 } => {
                write!(out, "date pattern letter `{letter}` cannot stand alone")
            }
            PrefixErrorKind::BadLetterCount { letter, count } => {
                write!(out, "date pattern letter `{letter}` cannot stand {count} times in a row")
            }
            PrefixErrorKind::UnterminatedQuote => write!(out, "single quote is not closed"),
            PrefixErrorKind::ReservedCharacter { character } => {
                write!(out, "`{character}` is reserved in date patterns and must be quoted")
            }
            PrefixErrorKind::UnbalancedOptional => write!(out, "`]` has no `[` before it"),
            PrefixErrorKind::EmptyPattern => write!(out, "the date pattern is empty"),
            PrefixErrorKind::EmptyKey => write!(out, "the partition key's name is empty"),
        }
    }
}

impl fmt::Display for PrefixError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(out)
    }
}

impl std::error::Error for PrefixError {}
