//! Processor types and the parameters that each takes.
//!
//! Source: resource sheet, section 6; service model `ProcessorType`, `ProcessorParameterName`.

/// A processor type with the parameters that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessorKind {
    /// The value of `Type`.
    pub name: &'static str,
    /// The values of `ParameterName` that belong to it.
    pub parameters: &'static [&'static str],
}

/// All processor types, in the order of the service model.
pub const PROCESSORS: [ProcessorKind; 6] = [
    ProcessorKind { name: "RecordDeAggregation", parameters: &["SubRecordType", "Delimiter"] },
    ProcessorKind { name: "Decompression", parameters: &["CompressionFormat"] },
    ProcessorKind { name: "CloudWatchLogProcessing", parameters: &["DataMessageExtraction"] },
    ProcessorKind {
        name: "Lambda",
        parameters: &[
            "LambdaArn",
            "NumberOfRetries",
            "RoleArn",
            "BufferSizeInMBs",
            "BufferIntervalInSeconds",
        ],
    },
    ProcessorKind {
        name: "MetadataExtraction",
        parameters: &["MetadataExtractionQuery", "JsonParsingEngine"],
    },
    ProcessorKind { name: "AppendDelimiterToRecord", parameters: &["Delimiter"] },
];

/// Most processors that a stream takes, and fewest where processing is on.
pub const PROCESSOR_COUNT: std::ops::RangeInclusive<usize> = 1..=5;
/// What `BufferSizeInMBs` of a Lambda processor may be.
pub const LAMBDA_BUFFER_MB: std::ops::RangeInclusive<f64> = 0.2..=3.0;
/// What `BufferIntervalInSeconds` of a Lambda processor may be.
pub const LAMBDA_BUFFER_SECONDS: std::ops::RangeInclusive<f64> = 0.0..=900.0;
/// What `NumberOfRetries` of a Lambda processor may be.
pub const LAMBDA_RETRIES: std::ops::RangeInclusive<f64> = 0.0..=300.0;
/// How long Firehose waits for a function, in seconds.
pub const LAMBDA_TIMEOUT_SECONDS: f64 = 300.0;
/// The only `JsonParsingEngine`.
pub const JSON_PARSING_ENGINE: &str = "JQ-1.6";

/// A processor type by its name; case matters.
pub fn find(name: &str) -> Option<&'static ProcessorKind> {
    PROCESSORS.iter().find(|kind| kind.name == name)
}

/// The processor types that a parameter belongs to; empty for a name that there is not.
pub fn takers(parameter: &str) -> Vec<&'static str> {
    PROCESSORS.iter().filter(|kind| kind.parameters.contains(&parameter)).map(|kind| kind.name).collect()
}
