//! A bucket with its prefixes, hints and compression: the block that all destinations share.
//!
//! The only file of the engine that evaluates prefixes.

use jiff::tz::TimeZone;

use super::{
    buffering_hints::BufferingHints,
    compression::CompressionFormat,
    partition_key::PartitionKey,
    prefix::{Prefix, PrefixFacts, RenderError},
    processor::lambda_key,
};
use crate::foundation::timestamp::Timestamp;

/// What a template says about one bucket.
#[derive(Clone, Debug)]
pub struct S3Settings {
    /// The bucket's name.
    pub bucket: String,
    /// `Prefix`; `None` where it is absent or empty.
    pub prefix: Option<Prefix>,
    /// `ErrorOutputPrefix`; `None` where it is absent or empty.
    pub error_output_prefix: Option<Prefix>,
    /// `BufferingHints`, or the defaults of the destination.
    pub hints: BufferingHints,
    /// `CompressionFormat`.
    pub compression: CompressionFormat,
}

/// What a prefix is evaluated with.
pub struct ObjectFacts<'a> {
    /// Arrival of the oldest record in the object.
    pub oldest_arrival: Timestamp,
    /// `CustomTimeZone`, or UTC.
    pub zone: &'a TimeZone,
    /// The partition the object belongs to.
    pub key: &'a PartitionKey,
    /// Eleven characters for `!{firehose:random-string}`, new ones for each occurrence.
    pub random: &'a mut dyn FnMut() -> String,
}

/// A prefix that can't be evaluated for an object (`S3.InvalidPrefixConfigurationException`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PrefixFailure {
    /// What is wrong.
    pub message: String,
}

impl S3Settings {
    /// The evaluated prefix of an object with data.
    ///
    /// # Errors
    /// When a partition key is missing, or the evaluated prefix is longer than 512 characters.
    pub fn object_prefix(&self, facts: &mut ObjectFacts<'_>) -> Result<String, PrefixFailure> {
        evaluate(facts, None, |facts| Prefix::render_objects(self.prefix.as_ref(), facts))
    }

    /// The evaluated prefix of an object with failed records of this `error-output-type`.
    ///
    /// # Errors
    /// When the evaluated prefix is longer than 512 characters.
    pub fn error_prefix(
        &self,
        error_output_type: &str,
        facts: &mut ObjectFacts<'_>,
    ) -> Result<String, PrefixFailure> {
        let (prefix, errors) = (self.prefix.as_ref(), self.error_output_prefix.as_ref());
        evaluate(facts, Some(error_output_type), |facts| Prefix::render_errors(prefix, errors, facts))
    }
}

fn evaluate(
    facts: &mut ObjectFacts<'_>,
    error_output_type: Option<&str>,
    render: impl FnOnce(&mut PrefixFacts<'_>) -> Result<String, RenderError>,
) -> Result<String, PrefixFailure> {
    let time = facts.oldest_arrival.in_zone(facts.zone);
    let pairs = facts.key.pairs();
    let value = |wanted: &str| pairs.iter().find(|(name, _)| &**name == wanted).map(|(_, value)| &**value);
    let from_function = |wanted: &str| value(&lambda_key(wanted)).or_else(|| value(wanted));
    let mut prefix_facts = PrefixFacts {
        time: &time,
        error_output_type,
        random: &mut *facts.random,
        query_keys: &value,
        lambda_keys: &from_function,
    };
    render(&mut prefix_facts).map_err(|error| PrefixFailure { message: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(prefix: Option<&str>) -> S3Settings {
        S3Settings {
            bucket: "b".to_owned(),
            prefix: prefix.map(|text| Prefix::parse(text).prefix),
            error_output_prefix: None,
            hints: BufferingHints::S3_DEFAULT,
            compression: CompressionFormat::UNCOMPRESSED,
        }
    }

    fn at<R>(time: &str, run: impl FnOnce(&mut ObjectFacts<'_>) -> R) -> R {
        let mut random = String::new;
        run(&mut ObjectFacts {
            oldest_arrival: time.parse().unwrap(),
            zone: &TimeZone::UTC,
            key: &PartitionKey::EMPTY,
            random: &mut random,
        })
    }

    #[test]
    fn the_date_is_glued_on_without_a_slash() {
        let prefix = at("2026-07-13T14:59:59Z", |facts| settings(Some("legacy")).object_prefix(facts));
        assert_eq!(prefix.unwrap(), "legacy2026/07/13/14/");
    }

    #[test]
    fn the_default_error_prefix_has_the_type_before_the_date() {
        let prefix = at("2018-08-27T10:30:00Z", |facts| {
            settings(Some("myFirehosePrefix/")).error_prefix("processing-failed", facts)
        });
        assert_eq!(prefix.unwrap(), "myFirehosePrefix/processing-failed/2018/08/27/10/");
    }

    #[test]
    fn more_than_512_characters_are_refused() {
        let fits = settings(Some(&"x".repeat(512 - 14)));
        assert_eq!(at("2018-08-27T10:30:00Z", |facts| fits.object_prefix(facts)).unwrap().len(), 512);
        let too_long = settings(Some(&"x".repeat(512 - 13)));
        assert!(at("2018-08-27T10:30:00Z", |facts| too_long.object_prefix(facts)).is_err());
    }
}
