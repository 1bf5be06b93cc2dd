//! Pieces and facts -> the text that starts an object's key.
//!
//! The rules are those of the fact sheet, section 6.1; each is named where it is applied.

use jiff::Zoned;
use thiserror::Error;

use super::date_format::default_folders;
use super::{Namespace, Piece, Prefix, PrefixProperty};

/// The longest evaluated prefix, in characters (measured; rule 6).
pub const LONGEST_EVALUATED_PREFIX: usize = 512;

/// What an evaluation needs to know.
pub struct PrefixFacts<'a> {
    /// Arrival of the oldest record in the object, in the stream's time zone.
    pub time: &'a Zoned,
    /// The folder name of the failure; `None` for data.
    pub error_output_type: Option<&'a str>,
    /// Draws the random strings: called once for each `!{firehose:random-string}`.
    pub random: &'a mut dyn FnMut() -> String,
    /// Values of `partitionKeyFromQuery`.
    pub query_keys: &'a dyn Fn(&str) -> Option<&'a str>,
    /// Values of `partitionKeyFromLambda`.
    pub lambda_keys: &'a dyn Fn(&str) -> Option<&'a str>,
}

/// Why a prefix has no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RenderError {
    /// The evaluated text is too long. The message is the service's.
    #[error("Length of evaluated {} cannot be greater than 512", evaluated(*.property))]
    TooLong {
        /// The property whose text is too long.
        property: PrefixProperty,
        /// How long it is, in characters.
        length: usize,
    },
    /// A partition key has no value, or an empty one: the record fails (fact sheet, section 7).
    #[error("partitionKeys values must not be null or empty: {}:{key}", .namespace.name())]
    MissingPartitionKey {
        /// `partitionKeyFromQuery` or `partitionKeyFromLambda`.
        namespace: Namespace,
        /// The key.
        key: Box<str>,
    },
    /// The error output type is needed, but the facts have none.
    #[error("there is no error-output-type for this object")]
    MissingErrorOutputType,
    /// A hole, or an expression that could not be read.
    #[error("a part of the prefix is not known before deployment")]
    Unknown {
        /// The place of the unknown part in the prefix's text.
        range: std::ops::Range<usize>,
    },
}

/// The service writes the name of one property in lower case and the other not (measured).
fn evaluated(property: PrefixProperty) -> &'static str {
    match property {
        PrefixProperty::Prefix => "prefix",
        PrefixProperty::ErrorOutputPrefix => "ErrorOutputPrefix",
    }
}

impl Prefix {
    /// The evaluated prefix of data objects.
    pub fn render_objects(
        prefix: Option<&Prefix>,
        facts: &mut PrefixFacts<'_>,
    ) -> Result<String, RenderError> {
        let mut out = String::new();
        let has_expressions = prefix.is_some_and(Prefix::has_expressions);
        if let Some(prefix) = prefix {
            prefix.evaluate(facts, &mut out)?;
        }
        // Rule 1: folders by date, glued on without a slash. Rule 2: none after any expression.
        if !has_expressions {
            default_folders(&mut out, facts.time);
        }
        within_limit(out, PrefixProperty::Prefix)
    }

    /// The evaluated prefix of objects with failed records.
    ///
    /// Without `ErrorOutputPrefix` that is `Prefix` (rules 8 and 10). Rule 8 is about OpenSearch and
    /// Splunk; for S3 the service refuses a `Prefix` with expressions that stands alone (rule 5).
    pub fn render_errors(
        prefix: Option<&Prefix>,
        error_output_prefix: Option<&Prefix>,
        facts: &mut PrefixFacts<'_>,
    ) -> Result<String, RenderError> {
        let mut out = String::new();
        let (used, property) = match error_output_prefix.filter(|prefix| !prefix.is_empty()) {
            Some(used) => (Some(used), PrefixProperty::ErrorOutputPrefix),
            None => (prefix, PrefixProperty::Prefix),
        };
        if let Some(used) = used {
            used.evaluate(facts, &mut out)?;
        }
        // Rules 10 and 11: type and date, glued on. Rule 12: nothing after any expression.
        if !used.is_some_and(Prefix::has_expressions) {
            out.push_str(facts.error_output_type.ok_or(RenderError::MissingErrorOutputType)?);
            out.push('/');
            default_folders(&mut out, facts.time);
        }
        within_limit(out, property)
    }

    /// Appends the values of the pieces, and nothing else.
    fn evaluate(&self, facts: &mut PrefixFacts<'_>, out: &mut String) -> Result<(), RenderError> {
        for part in self.parts() {
            match &part.piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Timestamp(pattern) => pattern.format_into(facts.time, out),
                Piece::PartitionKeyFromQuery(key) => {
                    let value = (facts.query_keys)(key);
                    out.push_str(partition_key(Namespace::PartitionKeyFromQuery, key, value)?);
                }
                Piece::PartitionKeyFromLambda(key) => {
                    let value = (facts.lambda_keys)(key);
                    out.push_str(partition_key(Namespace::PartitionKeyFromLambda, key, value)?);
                }
                Piece::ErrorOutputType => {
                    out.push_str(facts.error_output_type.ok_or(RenderError::MissingErrorOutputType)?);
                }
                Piece::RandomString => out.push_str(&(facts.random)()),
                Piece::Hole | Piece::Unknown(_) => {
                    return Err(RenderError::Unknown { range: part.range.clone() });
                }
            }
        }
        Ok(())
    }
}

fn partition_key<'a>(
    namespace: Namespace,
    key: &str,
    value: Option<&'a str>,
) -> Result<&'a str, RenderError> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| RenderError::MissingPartitionKey { namespace, key: key.into() })
}

/// Rule 6. CHOICE: folders that the service appends count too.
fn within_limit(text: String, property: PrefixProperty) -> Result<String, RenderError> {
    let length = text.chars().count();
    if length > LONGEST_EVALUATED_PREFIX {
        return Err(RenderError::TooLong { property, length });
    }
    Ok(text)
}
