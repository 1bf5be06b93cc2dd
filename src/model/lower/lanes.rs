//! The lanes on which any stream writes objects, whatever its destination, and the `error-output-type`s it can have.

use super::{Lowering, Problem};
use crate::foundation::document::Node;
use crate::model::{
    compression::CompressionFormat,
    destination::{bulk, contract::Lane},
    failure::FailureKind,
    iceberg,
    s3::S3Settings,
    snowflake,
    zone::Zone,
};

/// The destination properties, in CloudFormation's spelling.
pub const DESTINATIONS: [&str; 10] = [
    "ExtendedS3DestinationConfiguration",
    "S3DestinationConfiguration",
    "RedshiftDestinationConfiguration",
    "AmazonopensearchserviceDestinationConfiguration",
    "ElasticsearchDestinationConfiguration",
    "AmazonOpenSearchServerlessDestinationConfiguration",
    "SplunkDestinationConfiguration",
    "HttpEndpointDestinationConfiguration",
    "SnowflakeDestinationConfiguration",
    "IcebergDestinationConfiguration",
];

/// The destination of a stream: its property and block.
pub fn destination(properties: &Node) -> Option<(&'static str, &Node)> {
    DESTINATIONS.into_iter().find_map(|name| Some((name, properties.get(name)?)))
}

/// A lane on which objects are written.
#[derive(Clone, Debug)]
pub struct ObjectLane {
    /// Which.
    pub lane: Lane,
    /// Bucket, prefixes, hints and compression.
    pub s3: S3Settings,
    /// The zone of its keys.
    pub zone: Zone,
    /// What its keys end in.
    pub extension: String,
    /// How its bodies are compressed.
    pub compression: CompressionFormat,
}

impl ObjectLane {
    /// `Content-Encoding` of its objects.
    pub fn content_encoding(&self) -> Option<&'static str> {
        self.compression.codec().content_encoding()
    }
}

/// The lanes of a stream: objects of the destination, copies of source records, failed records.
///
/// # Errors
/// What of the blocks can't be read.
pub fn lanes(properties: &Node) -> Result<Vec<ObjectLane>, Vec<Problem>> {
    let mut lowering = Lowering::default();
    match read(&mut lowering, properties) {
        Some(lanes) if lowering.problems.is_empty() => Ok(lanes),
        _ => Err(lowering.problems),
    }
}

fn read(lowering: &mut Lowering, properties: &Node) -> Option<Vec<ObjectLane>> {
    let Some((kind, block)) = destination(properties) else {
        return lowering.missing(properties, "ExtendedS3DestinationConfiguration");
    };
    let is_s3 = matches!(kind, "ExtendedS3DestinationConfiguration" | "S3DestinationConfiguration");
    let holder = if is_s3 { Some(block) } else { block.get("S3Configuration") };
    let Some(holder) = holder else { return lowering.missing(block, "S3Configuration") };
    let s3 = lowering.s3(holder)?;
    let mut zone = Zone::utc();
    let mut extension = s3.compression.codec().extension().to_owned();
    let mut compression = s3.compression;
    if kind == "ExtendedS3DestinationConfiguration" {
        if let Some(name) = lowering.optional(block, "CustomTimeZone")? {
            zone = lowering.zone(block, &name)?;
        }
        if let Some(converted) = converted(block) {
            extension = converted.to_owned();
            compression = CompressionFormat::UNCOMPRESSED;
        }
        if let Some(own) = lowering.optional(block, "FileExtension")?.filter(|own| !own.is_empty()) {
            extension = own;
        }
    }
    let plain = |lane, s3: &S3Settings| ObjectLane {
        lane,
        extension: s3.compression.codec().extension().to_owned(),
        compression: s3.compression,
        zone: zone.clone(),
        s3: s3.clone(),
    };
    let mode = backup_mode(lowering, block)?;
    let mut lanes = Vec::new();
    if is_s3 || kind == "RedshiftDestinationConfiguration" {
        lanes.push(ObjectLane { extension, compression, ..plain(Lane::Destination, &s3) });
    }
    if mode.as_deref() == Some("Enabled") {
        match block.get("S3BackupConfiguration") {
            Some(backup) => lanes.push(plain(Lane::Backup, &lowering.s3(backup)?)),
            None => return lowering.missing(block, "S3BackupConfiguration"),
        }
    } else if mode.is_some_and(|mode| mode.starts_with("All")) {
        lanes.push(plain(Lane::Backup, &s3));
    }
    // Error objects are plain and have no extension (behaviour sheet, 6.3; CHOICE).
    let compression = CompressionFormat::UNCOMPRESSED;
    lanes.push(ObjectLane { extension: String::new(), compression, ..plain(Lane::Error, &s3) });
    Some(lanes)
}

/// `S3BackupMode`, which `IcebergDestinationConfiguration` spells with a small s.
fn backup_mode(lowering: &mut Lowering, block: &Node) -> Option<Option<String>> {
    Some(match lowering.optional(block, "S3BackupMode")? {
        Some(mode) => Some(mode),
        None => lowering.optional(block, "s3BackupMode")?,
    })
}

/// The extension of converted objects, where record format conversion is on.
pub fn converted(block: &Node) -> Option<&'static str> {
    let conversion = block.get("DataFormatConversionConfiguration")?;
    if conversion.get("Enabled").and_then(Node::as_bool) == Some(false) {
        return None;
    }
    let serializer = conversion.get("OutputFormatConfiguration").and_then(|output| output.get("Serializer"));
    let is_orc = serializer.is_some_and(|serializer| serializer.get("OrcSerDe").is_some());
    Some(if is_orc { ".orc" } else { ".parquet" })
}

/// The processors that are switched on, by type.
pub fn processors(block: &Node) -> Vec<(String, &Node)> {
    let Some(processing) = block.get("ProcessingConfiguration") else { return Vec::new() };
    if processing.get("Enabled").and_then(Node::as_bool) != Some(true) {
        return Vec::new();
    }
    let list = processing.get("Processors").and_then(Node::as_list).unwrap_or_default();
    list.iter().filter_map(|node| Some((node.get("Type")?.as_text()?.into_owned(), node))).collect()
}

/// Whether dynamic partitioning is on.
pub fn is_partitioned(block: &Node) -> bool {
    let partitioning = block.get("DynamicPartitioningConfiguration");
    partitioning.and_then(|block| block.get("Enabled")).and_then(Node::as_bool) == Some(true)
}

/// Every `error-output-type` that the stream can produce (behaviour sheet, 6.4), each with what leads to it.
pub fn error_output_types(properties: &Node) -> Vec<(&'static str, String)> {
    let Some((kind, block)) = destination(properties) else { return Vec::new() };
    let processors = processors(block);
    let has = |wanted: &str| processors.iter().any(|(kind, _)| kind == wanted);
    let mut types = Vec::new();
    let mut add = |kind: FailureKind, when: &str| types.push((kind.error_output_type(), when.to_owned()));
    let failing: Vec<&str> = FAILING.iter().filter(|(kind, _)| has(kind)).map(|(_, what)| *what).collect();
    let mut when = match failing.as_slice() {
        [] => String::new(),
        [one] => format!("{one} failed"),
        [start @ .., last] => format!("{} or {last} failed", start.join(", ")),
    };
    // Of a stream without partitioning, such an object is tried until its source forgets the records.
    if is_partitioned(block) {
        let so_far = if when.is_empty() { "" } else { "; or " };
        when += &format!("{so_far}an object was not written within `RetryOptions`");
    }
    if !when.is_empty() {
        add(FailureKind::Processing, &when);
    }
    if has("Decompression") {
        add(FailureKind::Decompression, "a record is not gzip");
    }
    if is_partitioned(block) {
        add(FailureKind::ActivePartitions, "too many active partitions");
    }
    if converted(block).is_some() {
        add(FailureKind::FormatConversion, "a record does not fit the table");
    }
    let of_destination = match kind {
        "AmazonopensearchserviceDestinationConfiguration"
        | "ElasticsearchDestinationConfiguration"
        | "AmazonOpenSearchServerlessDestinationConfiguration" => {
            Some((bulk::ERROR_OUTPUT_TYPE, "a document was refused"))
        }
        "SplunkDestinationConfiguration" => Some(("splunk-failed", "Splunk did not take or acknowledge it")),
        "HttpEndpointDestinationConfiguration" => {
            Some(("http-endpoint-failed", "the endpoint did not take it"))
        }
        "SnowflakeDestinationConfiguration" => Some((snowflake::ERROR_OUTPUT_TYPE, "a row was refused")),
        "IcebergDestinationConfiguration" => {
            Some((iceberg::tables::ERROR_OUTPUT_TYPE, "a row does not fit, or a commit failed"))
        }
        _ => None,
    };
    types.extend(of_destination.map(|(kind, when)| (kind, when.to_owned())));
    types
}

/// What may fail in processing, by its processor.
const FAILING: [(&str, &str); 4] = [
    ("Lambda", "the function"),
    ("RecordDeAggregation", "a split"),
    ("MetadataExtraction", "a query"),
    ("CloudWatchLogProcessing", "the extraction of log messages"),
];
