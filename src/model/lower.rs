//! From resolved nodes to a typed [`DeliveryStream`]: the only thing that `render` and `simulate` look at.
//!
//! Lowering adds no opinion of its own about shape: rules and schemas have spoken before. It says what is missing or
//! unknown, and names every setting that this version does not apply.

pub mod lanes;
mod processing;

use std::sync::Arc;

use super::buffering_hints::BufferingHints;
use super::compression::CompressionFormat;
use super::delivery_stream::DeliveryStream;
use super::destination::{Destination, extended_s3::ExtendedS3};
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

/// The destinations that exist and are not simulated by this version.
const NOT_SIMULATED: [&str; 8] = [
    "AmazonOpenSearchServerlessDestinationConfiguration",
    "AmazonopensearchserviceDestinationConfiguration",
    "ElasticsearchDestinationConfiguration",
    "HttpEndpointDestinationConfiguration",
    "IcebergDestinationConfiguration",
    "RedshiftDestinationConfiguration",
    "SnowflakeDestinationConfiguration",
    "SplunkDestinationConfiguration",
];

#[derive(Default)]
struct Lowering {
    conversion: Option<Arc<dyn Conversion>>,
    problems: Vec<Problem>,
    not_applied: Vec<String>,
}

impl Lowering {
    fn problem(&mut self, node: &Node, message: impl Into<String>) {
        self.problems.push(Problem { message: message.into(), span: node.span });
    }

    fn not_applied(&mut self, block: &Node, property: &str, why: &str) {
        if block.get(property).is_some() {
            self.not_applied.push(format!("`{property}` ({why})"));
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
            other => {
                let place = properties.get("DeliveryStreamType").unwrap_or(properties);
                self.problem(place, format!("a stream with `DeliveryStreamType: {other}` is not simulated"));
                None
            }
        }
    }

    fn missing<T>(&mut self, block: &Node, property: &str) -> Option<T> {
        self.problem(block, format!("`{property}` is missing"));
        None
    }

    fn destination(&mut self, properties: &Node) -> Option<Destination> {
        for property in NOT_SIMULATED {
            if let Some(node) = properties.get(property) {
                self.problem(
                    node,
                    format!("`{property}` is not simulated yet: this version delivers to Amazon S3 only"),
                );
                return None;
            }
        }
        if let Some(block) = properties.get("ExtendedS3DestinationConfiguration") {
            return self.extended_s3(block).map(Destination::ExtendedS3);
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
                };
                Some(Destination::ExtendedS3(plain))
            }
            None => self.missing(properties, "ExtendedS3DestinationConfiguration"),
        }
    }

    fn extended_s3(&mut self, block: &Node) -> Option<ExtendedS3> {
        let converts = self.converts(block)?;
        let partitions = self.partitioning(block)?;
        let processing = self.processing(block, partitions);
        let s3 = self.s3(block).map(|mut s3| {
            if (partitions || converts)
                && block.get("BufferingHints").is_none_or(|hints| hints.get("SizeInMBs").is_none())
            {
                s3.hints.size = BufferingHints::PARTITIONED_SIZE;
            }
            s3
        });
        let zone = match self.optional(block, "CustomTimeZone")? {
            None => Some(Zone::utc()),
            Some(name) => self.zone(block, &name),
        };
        let file_extension = self.optional(block, "FileExtension")?.filter(|text| !text.is_empty());
        let backup = match self.optional(block, "S3BackupMode")?.as_deref() {
            Some("Enabled") => match block.get("S3BackupConfiguration") {
                Some(backup) => Some(self.s3(backup)?),
                None => return self.missing(block, "S3BackupConfiguration"),
            },
            _ => {
                self.not_applied(block, "S3BackupConfiguration", "`S3BackupMode` is not `Enabled`");
                None
            }
        };
        let (delimiter, mut processing) = processing?;
        processing.conversion = self.conversion.clone().filter(|_| converts);
        Some(ExtendedS3 { s3: s3?, zone: zone?, file_extension, backup, delimiter, processing })
    }

    /// Whether record format conversion is on. `Enabled` is true when left out (behaviour sheet, 9).
    fn converts(&mut self, block: &Node) -> Option<bool> {
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
    fn partitioning(&mut self, block: &Node) -> Option<bool> {
        let Some(node) = block.get("DynamicPartitioningConfiguration") else { return Some(false) };
        match node.get("Enabled").map_or(Some(false), Node::as_bool) {
            Some(true) => {
                self.not_applied(node, "RetryOptions", "writes are tried until retention ends");
                Some(true)
            }
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

    fn zone(&mut self, block: &Node, name: &str) -> Option<Zone> {
        match CustomTimeZone::parse(name) {
            Ok(zone) => Some(Zone { name: zone.name().to_owned(), rules: zone.time_zone() }),
            Err(error) => {
                let place = block.get("CustomTimeZone").unwrap_or(block);
                self.problem(place, error.service_message());
                None
            }
        }
    }

    fn s3(&mut self, block: &Node) -> Option<S3Settings> {
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
    fn prefix(&mut self, block: &Node, property: &str) -> Option<Option<Prefix>> {
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
        let default = BufferingHints::S3_DEFAULT;
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

    fn number(&mut self, block: &Node, property: &str) -> Option<Option<u64>> {
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

    fn required(&mut self, block: &Node, property: &str) -> Option<String> {
        match self.optional(block, property)? {
            Some(text) => Some(text),
            None => self.missing(block, property),
        }
    }

    /// The outer `None` is a problem, the inner one an absent property.
    fn optional(&mut self, block: &Node, property: &str) -> Option<Option<String>> {
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
