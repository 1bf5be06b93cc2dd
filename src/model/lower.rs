//! From resolved nodes to a typed [`DeliveryStream`]: the only thing that `render` and `simulate` look at.
//!
//! Lowering adds no opinion of its own about shape: rules and schemas have spoken before. It says what is missing or
//! unknown, and names every setting that this version does not apply.

pub mod lanes;
mod processing;

use std::sync::Arc;
use std::time::Duration;

use super::buffering_hints::BufferingHints;
use super::compression::CompressionFormat;
use super::delivery_stream::DeliveryStream;
use super::destination::{Destination, extended_s3::ExtendedS3, request::Secret};
use super::format::Conversion;
use super::prefix::Prefix;
use super::s3::S3Settings;
use super::source::Source;
use super::time_zone::CustomTimeZone;
use super::zone::Zone;
use crate::foundation::document::{Node, Value};
use crate::foundation::span::Span;

/// What the template's surroundings say about the stream.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The resource's name inside the template.
    pub logical_id: String,
    /// The stream's name, literal or made up.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The Region.
    pub region: String,
    /// The account.
    pub account: String,
}

/// Why a stream can't be lowered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// What lowering came to.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The stream, if nothing stood in the way.
    pub stream: Option<DeliveryStream>,
    /// What stood in the way.
    pub problems: Vec<Problem>,
    /// Settings that are read but do not change what is delivered here, with the reason.
    pub not_applied: Vec<String>,
}

/// Lowers the resolved `Properties` of a delivery stream.
///
/// `conversion` is that of `DataFormatConversionConfiguration`, where it is switched on: its table stands elsewhere.
pub fn lower(properties: &Node, identity: Identity, conversion: Option<Arc<dyn Conversion>>) -> Lowered {
    let mut lowering = Lowering { conversion, ..Lowering::default() };
    let source = lowering.source(properties);
    let destination = lowering.destination(properties);
    lowering.not_applied(
        properties,
        "DeliveryStreamEncryptionConfigurationInput",
        "nothing is encrypted locally",
    );
    lowering.not_applied(properties, "DirectPutSourceConfiguration", "the hint is informational");
    lowering.not_applied(properties, "Tags", "nothing is tagged locally");
    let complete = lowering.problems.is_empty();
    let stream = source.zip(destination).filter(|_| complete).map(|(source, destination)| DeliveryStream {
        logical_id: identity.logical_id,
        name: identity.name,
        arn: identity.arn,
        region: identity.region,
        account: identity.account,
        source,
        destination,
    });
    Lowered { stream, problems: lowering.problems, not_applied: lowering.not_applied }
}

/// What lowering gathers on its way. Destinations read their blocks with its methods.
#[derive(Default)]
pub struct Lowering {
    pub(super) conversion: Option<Arc<dyn Conversion>>,
    /// The buffer in front of a function where the processor has no hints and the destination has its own default.
    pub(super) function_hints: Option<BufferingHints>,
    /// What is wanted of a `MetadataExtraction` query where it is not the keys of the prefix.
    pub(super) wanted_keys: Option<&'static [&'static str]>,
    problems: Vec<Problem>,
    not_applied: Vec<String>,
}

impl Lowering {
    pub(super) fn problem(&mut self, node: &Node, message: impl Into<String>) {
        self.problems.push(Problem { message: message.into(), span: node.span });
    }

    pub(super) fn not_applied(&mut self, block: &Node, property: &str, why: &str) {
        if block.get(property).is_some() {
            self.aside(&format!("`{property}` ({why})"));
        }
    }

    /// Tells of something that has no effect here, once.
    pub(super) fn aside(&mut self, what: &str) {
        if !self.not_applied.iter().any(|told| told == what) {
            self.not_applied.push(what.to_owned());
        }
    }

    fn source(&mut self, properties: &Node) -> Option<Source> {
        let kind = self.optional(properties, "DeliveryStreamType")?.unwrap_or_else(|| "DirectPut".to_owned());
        let block = |name: &str| properties.get(name);
        match kind.as_str() {
            "DirectPut" => Some(Source::DirectPut),
            "KinesisStreamAsSource" => match block("KinesisStreamSourceConfiguration") {
                Some(block) => Some(Source::KinesisStream { arn: self.required(block, "KinesisStreamARN")? }),
                None => self.missing(properties, "KinesisStreamSourceConfiguration"),
            },
            "MSKAsSource" => match block("MSKSourceConfiguration") {
                Some(block) => {
                    let arn = self.required(block, "MSKClusterARN");
                    let topic = self.required(block, "TopicName");
                    Some(Source::Msk { arn: arn?, topic: topic? })
                }
                None => self.missing(properties, "MSKSourceConfiguration"),
            },
            "DatabaseAsSource" => {
                let place = properties.get("DeliveryStreamType").unwrap_or(properties);
                let message = "the database source was a preview that AWS withdrew on 2025-09-24; a stream with \
                               `DeliveryStreamType: DatabaseAsSource` is not simulated";
                self.problem(place, message);
                None
            }
            other => {
                let place = properties.get("DeliveryStreamType").unwrap_or(properties);
                self.problem(place, format!("a stream with `DeliveryStreamType: {other}` is not simulated"));
                None
            }
        }
    }

    pub(super) fn missing<T>(&mut self, block: &Node, property: &str) -> Option<T> {
        self.problem(block, format!("`{property}` is missing"));
        None
    }

    fn destination(&mut self, properties: &Node) -> Option<Destination> {
        if let Some(lowered) = Destination::lower(properties, self) {
            return lowered;
        }
        match properties.get("S3DestinationConfiguration") {
            Some(block) => {
                let s3 = self.s3(block)?;
                let plain = ExtendedS3 {
                    s3,
                    zone: Zone::utc(),
                    file_extension: None,
                    backup: None,
                    delimiter: Box::default(),
                    processing: Default::default(),
                    partition_retry: None,
                    has_default_partition_size: false,
                };
                Some(Destination::ExtendedS3(plain))
            }
            None => self.missing(properties, "ExtendedS3DestinationConfiguration"),
        }
    }

    /// Whether record format conversion is on. `Enabled` is true when left out (behaviour sheet, 9).
    pub(super) fn converts(&mut self, block: &Node) -> Option<bool> {
        let Some(node) = block.get("DataFormatConversionConfiguration") else { return Some(false) };
        match node.get("Enabled").map_or(Some(true), Node::as_bool) {
            Some(false) => {
                self.not_applied.push("`DataFormatConversionConfiguration` (it is switched off)".to_owned());
                Some(false)
            }
            Some(true) if self.conversion.is_some() => Some(true),
            Some(true) if !cfg!(feature = "columnar") => {
                let message =
                    "`DataFormatConversionConfiguration`: this build is without its `columnar` feature";
                self.problem(node, message);
                None
            }
            Some(true) => {
                self.problem(node, "`DataFormatConversionConfiguration`: its table is not known");
                None
            }
            None => {
                self.problem(node, "whether `DataFormatConversionConfiguration` is enabled is not known");
                None
            }
        }
    }

    /// Whether dynamic partitioning is on.
    pub(super) fn partitioning(&mut self, block: &Node) -> Option<bool> {
        let Some(node) = block.get("DynamicPartitioningConfiguration") else { return Some(false) };
        match node.get("Enabled").map_or(Some(false), Node::as_bool) {
            Some(true) => Some(true),
            Some(false) => {
                self.not_applied.push("`DynamicPartitioningConfiguration` (it is switched off)".to_owned());
                Some(false)
            }
            None => {
                self.problem(node, "whether `DynamicPartitioningConfiguration` is enabled is not known");
                None
            }
        }
    }

    pub(super) fn zone(&mut self, block: &Node, name: &str) -> Option<Zone> {
        match CustomTimeZone::parse(name) {
            Ok(zone) => Some(Zone { name: zone.name().to_owned(), rules: zone.time_zone() }),
            Err(error) => {
                let place = block.get("CustomTimeZone").unwrap_or(block);
                self.problem(place, error.service_message());
                None
            }
        }
    }

    pub(super) fn s3(&mut self, block: &Node) -> Option<S3Settings> {
        let bucket = self.bucket(block);
        let prefix = self.prefix(block, "Prefix");
        let error_output_prefix = self.prefix(block, "ErrorOutputPrefix");
        let hints = self.hints(block);
        let compression = self.compression(block);
        self.not_applied(block, "CloudWatchLoggingOptions", "no log events are written");
        self.not_applied(block, "EncryptionConfiguration", "objects are written in clear");
        Some(S3Settings {
            bucket: bucket?,
            prefix: prefix?,
            error_output_prefix: error_output_prefix?,
            hints: hints?,
            compression: compression?,
        })
    }

    fn bucket(&mut self, block: &Node) -> Option<String> {
        let arn = self.required(block, "BucketARN")?;
        match arn.rsplit_once(":::") {
            Some((_, bucket)) if !bucket.is_empty() => Some(bucket.to_owned()),
            _ => {
                let place = block.get("BucketARN").unwrap_or(block);
                self.problem(place, format!("`{arn}` is no ARN of a bucket"));
                None
            }
        }
    }

    /// The outer `None` is a problem, the inner one an absent or empty prefix.
    pub(super) fn prefix(&mut self, block: &Node, property: &str) -> Option<Option<Prefix>> {
        let Some(text) = self.optional(block, property)?.filter(|text| !text.is_empty()) else {
            return Some(None);
        };
        match Prefix::parse(&text).into_result() {
            Ok(prefix) => Some(Some(prefix)),
            Err(_) => {
                let place = block.get(property).unwrap_or(block);
                self.problem(place, format!("`{property}` can't be evaluated: `{text}`"));
                None
            }
        }
    }

    fn hints(&mut self, block: &Node) -> Option<BufferingHints> {
        self.hints_or(block, BufferingHints::S3_DEFAULT)
    }

    /// `BufferingHints` of a block, with the defaults of its destination.
    pub(super) fn hints_or(&mut self, block: &Node, default: BufferingHints) -> Option<BufferingHints> {
        let Some(hints) = block.get("BufferingHints") else { return Some(default) };
        let size = self.number(hints, "SizeInMBs")?.unwrap_or(default.size.as_u64() >> 20);
        let interval = self.number(hints, "IntervalInSeconds")?.unwrap_or(default.interval.as_secs());
        Some(BufferingHints::new(size, interval))
    }

    fn compression(&mut self, block: &Node) -> Option<CompressionFormat> {
        let Some(name) = self.optional(block, "CompressionFormat")? else {
            return Some(CompressionFormat::UNCOMPRESSED);
        };
        let format = CompressionFormat::named(&name);
        if format.is_none() {
            let place = block.get("CompressionFormat").unwrap_or(block);
            self.problem(place, format!("`{name}` is no compression format"));
        }
        format
    }

    pub(super) fn number(&mut self, block: &Node, property: &str) -> Option<Option<u64>> {
        let Some(text) = self.optional(block, property)? else { return Some(None) };
        match text.trim().parse() {
            Ok(number) => Some(Some(number)),
            Err(_) => {
                let place = block.get(property).unwrap_or(block);
                self.problem(place, format!("`{property}` is `{text}`, which is no whole number"));
                None
            }
        }
    }

    /// Whether a switch is on, which is off where it is absent.
    pub(super) fn is_on(&mut self, block: &Node, property: &str) -> Option<bool> {
        let Some(node) = block.get(property) else { return Some(false) };
        let is_on = node.as_bool();
        if is_on.is_none() {
            self.problem(node, format!("whether `{property}` is on is not known"));
        }
        is_on
    }

    /// `RetryOptions.DurationInSeconds` of a block.
    pub(super) fn retry_duration(&mut self, block: &Node, default: Duration) -> Option<Duration> {
        let Some(options) = block.get("RetryOptions") else { return Some(default) };
        Some(self.number(options, "DurationInSeconds")?.map_or(default, Duration::from_secs))
    }

    /// A secret of a block, or of the secret that `SecretsManagerConfiguration` names. What only a deployment would tell
    /// is `***`, which nobody sees anyhow.
    pub(super) fn secret(&mut self, block: &Node, secret: Option<&Node>) -> Option<Secret> {
        let manager = block.get("SecretsManagerConfiguration");
        let is_managed = manager.and_then(|manager| manager.get("Enabled")).and_then(Node::as_bool);
        if is_managed == Some(true) {
            return Some(Secret::new("***"));
        }
        let text = secret?.as_text().map_or_else(|| "***".to_owned(), |text| text.into_owned());
        Some(Secret::new(text)).filter(|secret| !secret.reveal().is_empty())
    }

    /// The S3 block of a destination that is no bucket, and whether `S3BackupMode` asks for copies of all records there.
    /// Its prefixes and compression hold for copies; failed records have its error prefix.
    pub(super) fn s3_beside(&mut self, block: &Node, all: &str) -> Option<(S3Settings, bool)> {
        let mode = self.optional(block, "S3BackupMode")?;
        let s3 = match block.get("S3Configuration") {
            Some(s3) => self.s3(s3)?,
            None => return self.missing(block, "S3Configuration"),
        };
        Some((s3, mode.as_deref() == Some(all)))
    }

    pub(super) fn required(&mut self, block: &Node, property: &str) -> Option<String> {
        match self.optional(block, property)? {
            Some(text) => Some(text),
            None => self.missing(block, property),
        }
    }

    /// The outer `None` is a problem, the inner one an absent property.
    pub(super) fn optional(&mut self, block: &Node, property: &str) -> Option<Option<String>> {
        let Some(node) = block.get(property) else { return Some(None) };
        match (node.as_text(), &node.value) {
            (Some(text), _) => Some(Some(text.into_owned())),
            (None, Value::Null) => Some(None),
            _ => {
                let why =
                    unknown_because(node).unwrap_or_else(|| "it is known after a deployment only".to_owned());
                self.problem(node, format!("the value of `{property}` is not known: {why}"));
                None
            }
        }
    }
}

/// Why a value is not known, in words that say what to give.
fn unknown_because(node: &Node) -> Option<String> {
    use crate::foundation::document::{Chunk, Unknown};
    let why = match &node.value {
        Value::Unknown(why) => why,
        Value::String(text) => text.chunks.iter().find_map(|chunk| match chunk {
            Chunk::Unknown(why, _) => Some(why),
            Chunk::Known(..) => None,
        })?,
        _ => return None,
    };
    Some(match why {
        Unknown::Parameter(name) => {
            format!("parameter `{name}` has no value; give `--parameter {name}=VALUE`")
        }
        Unknown::Pseudo(name) => format!("`{name}` is not given"),
        Unknown::Dynamic(text) => format!("`{text}` is resolved on deployment"),
        Unknown::Function(name) => format!("`Fn::{name}` is evaluated on deployment"),
        Unknown::Undeclared(name) => format!("the template declares no `{name}`"),
        Unknown::Resource(reference) => format!("`{}` is named on deployment", reference.target),
    })
}
