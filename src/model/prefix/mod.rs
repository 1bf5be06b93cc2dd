//! The prefix expression language of S3 destinations: `data/year=!{timestamp:yyyy}/`.
//!
//! A prefix is parsed once into pieces that remember where they stood ([`Prefix::parse`], which reports
//! every mistake with its place), asked questions by rules (the methods here), and rendered for each
//! object ([`Prefix::render_objects`], [`Prefix::render_errors`]). Nothing here knows the time or draws
//! random characters: both are arguments.
//!
//! Facts: fact sheet of the service, section 6.1, from the developer guide ("Custom prefixes for Amazon
//! S3 objects") and from measurements.

use std::ops::Range;

mod date_format;
mod date_letter;
mod date_pattern;
mod date_zone;
mod error;
mod parse;
mod render;
mod suspicion;
#[cfg(test)]
mod tests;

pub use date_letter::DateLetter;
pub use date_pattern::{DateItem, DateItemKind, DatePattern, ParsedDatePattern};
pub use error::{PrefixError, PrefixErrorKind, PrefixProperty};
pub use parse::ParsedPrefix;
pub use render::{LONGEST_EVALUATED_PREFIX, PrefixFacts, RenderError};
pub use suspicion::Suspicion;

/// Stands in a text for a part that is unknown before deployment: U+FFFC, object replacement character.
pub const HOLE: char = '\u{FFFC}';

/// Length of the random string in characters (developer guide: "11 characters").
pub const RANDOM_STRING_LENGTH: usize = 11;

/// The shortest error output types are `splunk-failed` and the like (fact sheet, section 6.4).
const SHORTEST_ERROR_OUTPUT_TYPE: usize = 13;

/// A parsed prefix: its pieces in order, without gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix {
    parts: Vec<Part>,
}

/// A piece and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// In bytes of the prefix's text; of expressions from `!{` to `}`.
    pub range: Range<usize>,
    /// What stood there.
    pub piece: Piece,
}

/// A piece of a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stays as it is.
    Literal(Box<str>),
    /// `!{timestamp:pattern}`.
    Timestamp(DatePattern),
    /// `!{partitionKeyFromQuery:key}`.
    PartitionKeyFromQuery(Box<str>),
    /// `!{partitionKeyFromLambda:key}`.
    PartitionKeyFromLambda(Box<str>),
    /// `!{firehose:error-output-type}`.
    ErrorOutputType,
    /// `!{firehose:random-string}`.
    RandomString,
    /// A part of the text that is unknown before deployment, outside of expressions.
    Hole,
    /// An expression whose meaning is not known: a hole stands inside, or it is wrong (then an error
    /// was reported). The namespace, where at least that is known.
    Unknown(Option<Namespace>),
}

/// What may stand left of the colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namespace {
    /// `timestamp`.
    Timestamp,
    /// `firehose`.
    Firehose,
    /// `partitionKeyFromQuery`.
    PartitionKeyFromQuery,
    /// `partitionKeyFromLambda`.
    PartitionKeyFromLambda,
}

impl Namespace {
    /// All namespaces, in the order of the developer guide.
    pub const ALL: [Namespace; 4] = [
        Namespace::Timestamp,
        Namespace::Firehose,
        Namespace::PartitionKeyFromQuery,
        Namespace::PartitionKeyFromLambda,
    ];

    /// The namespace as written in an expression.
    pub fn name(self) -> &'static str {
        match self {
            Namespace::Timestamp => "timestamp",
            Namespace::Firehose => "firehose",
            Namespace::PartitionKeyFromQuery => "partitionKeyFromQuery",
            Namespace::PartitionKeyFromLambda => "partitionKeyFromLambda",
        }
    }

    /// The namespace of this exact name; case matters.
    pub fn from_name(name: &str) -> Option<Namespace> {
        Namespace::ALL.into_iter().find(|namespace| namespace.name() == name)
    }
}

impl Piece {
    /// The namespace, when the piece is an expression and it is known.
    pub fn namespace(&self) -> Option<Namespace> {
        match self {
            Piece::Literal(_) | Piece::Hole => None,
            Piece::Timestamp(_) => Some(Namespace::Timestamp),
            Piece::PartitionKeyFromQuery(_) => Some(Namespace::PartitionKeyFromQuery),
            Piece::PartitionKeyFromLambda(_) => Some(Namespace::PartitionKeyFromLambda),
            Piece::ErrorOutputType | Piece::RandomString => Some(Namespace::Firehose),
            Piece::Unknown(namespace) => *namespace,
        }
    }
}

impl Prefix {
    pub(super) fn from_parts(parts: Vec<Part>) -> Prefix {
        Prefix { parts }
    }

    /// The pieces in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether the text was empty. An empty prefix means the same as none.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether an expression is written in the text. A hole might bring one more: see
    /// [`has_holes`](Self::has_holes).
    pub fn has_expressions(&self) -> bool {
        self.parts.iter().any(|part| !matches!(part.piece, Piece::Literal(_) | Piece::Hole))
    }

    /// Whether a part outside of expressions is unknown before deployment; it could contain anything.
    pub fn has_holes(&self) -> bool {
        self.parts.iter().any(|part| part.piece == Piece::Hole)
    }

    /// Whether there is an expression of which neither value nor, with `None`, namespace is known.
    /// Then "there is no such expression" is not certain.
    pub fn has_unknown(&self, namespace: Namespace) -> bool {
        self.parts.iter().any(|part| match &part.piece {
            Piece::Unknown(found) => found.is_none_or(|found| found == namespace),
            _ => false,
        })
    }

    /// Whether a `timestamp` expression is written in the text, whatever its pattern.
    pub fn uses_timestamp(&self) -> bool {
        self.parts.iter().any(|part| part.piece.namespace() == Some(Namespace::Timestamp))
    }

    /// Whether `!{firehose:error-output-type}` is written in the text.
    pub fn uses_error_output_type(&self) -> bool {
        self.error_output_types().next().is_some()
    }

    /// Where `!{firehose:error-output-type}` stands.
    pub fn error_output_types(&self) -> impl Iterator<Item = Range<usize>> {
        self.parts.iter().filter(|part| part.piece == Piece::ErrorOutputType).map(|part| part.range.clone())
    }

    /// The keys of `partitionKeyFromQuery`, each with the place of the key itself.
    pub fn query_keys(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.parts.iter().filter_map(|part| match &part.piece {
            Piece::PartitionKeyFromQuery(key) => Some((&**key, value_range(part, key.len()))),
            _ => None,
        })
    }

    /// The keys of `partitionKeyFromLambda`, each with the place of the key itself.
    pub fn lambda_keys(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.parts.iter().filter_map(|part| match &part.piece {
            Piece::PartitionKeyFromLambda(key) => Some((&**key, value_range(part, key.len()))),
            _ => None,
        })
    }

    /// The date patterns, each with its place. Patterns with errors or holes are left out.
    pub fn timestamp_patterns(&self) -> impl Iterator<Item = (&DatePattern, Range<usize>)> {
        self.parts.iter().filter_map(|part| match &part.piece {
            Piece::Timestamp(pattern) => Some((pattern, pattern.range())),
            _ => None,
        })
    }

    /// The literal text before the first expression or hole.
    pub fn static_head(&self) -> &str {
        match self.parts.first() {
            Some(Part { piece: Piece::Literal(text), .. }) => text,
            _ => "",
        }
    }

    /// Whether the evaluated text ends with `/`. `None` when a hole or a broken expression decides.
    ///
    /// A prefix that ends with a partition key counts as not ending with `/`, and so does an empty one;
    /// ask [`is_empty`](Self::is_empty) first where an empty one needs no slash.
    pub fn ends_with_slash(&self) -> Option<bool> {
        for part in self.parts.iter().rev() {
            match &part.piece {
                Piece::Literal(text) => return Some(text.ends_with('/')),
                Piece::Timestamp(pattern) => match pattern.items().last() {
                    Some(item) => {
                        return Some(
                            matches!(&item.kind, DateItemKind::Literal(text) if text.ends_with('/')),
                        );
                    }
                    // A pattern of empty optional sections prints nothing.
                    None => continue,
                },
                Piece::Hole | Piece::Unknown(_) => return None,
                Piece::PartitionKeyFromQuery(_)
                | Piece::PartitionKeyFromLambda(_)
                | Piece::ErrorOutputType
                | Piece::RandomString => return Some(false),
            }
        }
        Some(false)
    }

    /// A lower bound, in characters, of what the text evaluates to. Folders that the service appends to
    /// a prefix without expressions are not counted; holes count nothing, partition keys one character
    /// (empty values fail the record).
    pub fn minimum_length(&self) -> usize {
        self.parts
            .iter()
            .map(|part| match &part.piece {
                Piece::Literal(text) => text.chars().count(),
                Piece::Timestamp(pattern) => pattern.minimum_length(),
                Piece::PartitionKeyFromQuery(_) | Piece::PartitionKeyFromLambda(_) => 1,
                Piece::ErrorOutputType => SHORTEST_ERROR_OUTPUT_TYPE,
                Piece::RandomString => RANDOM_STRING_LENGTH,
                Piece::Hole | Piece::Unknown(_) => 0,
            })
            .sum()
    }
}

/// The place of an expression's value, which ends before the closing brace.
fn value_range(part: &Part, length: usize) -> Range<usize> {
    let end = part.range.end - 1;
    end - length..end
}
