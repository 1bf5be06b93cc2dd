//! `ProcessingConfiguration`: which processors run, and with what.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Lowering;
use crate::{
    foundation::{byte_size::ByteSize, document::Node},
    model::{
        buffering_hints::BufferingHints,
        processor::{
            Processing, append_delimiter,
            deaggregation::RecordDeAggregation,
            lambda::{DEFAULT_RETRIES, LambdaTransform},
            metadata_extraction::MetadataExtraction,
        },
        processor_parameters::{LAMBDA_BUFFER_MB, LAMBDA_BUFFER_SECONDS, LAMBDA_RETRIES},
    },
};

impl Lowering {
    /// What the enabled processors come to: a delimiter behind each record, and the rest. Processors that are not run
    /// are refused by name.
    pub(in crate::model) fn processing(
        &mut self,
        block: &Node,
        partitions: bool,
    ) -> Option<(Box<[u8]>, Processing)> {
        let Some(node) = block.get("ProcessingConfiguration") else { return Some(Default::default()) };
        match node.get("Enabled").map_or(Some(false), Node::as_bool) {
            Some(true) => {}
            Some(false) => {
                self.not_applied.push("`ProcessingConfiguration` (it is switched off)".to_owned());
                return Some(Default::default());
            }
            None => {
                self.problem(node, "whether `ProcessingConfiguration` is enabled is not known");
                return None;
            }
        }
        let (mut delimiter, mut processing) = (Box::default(), Processing::default());
        let mut is_complete = true;
        for processor in node.get("Processors").and_then(Node::as_list).unwrap_or_default() {
            let kind = self.required(processor, "Type")?;
            if kind == "MetadataExtraction" {
                match self.metadata(block, processor, partitions) {
                    Some(metadata) => processing.metadata = Some(metadata),
                    None => is_complete = false,
                }
                continue;
            }
            if kind == "Lambda" {
                match self.lambda(block, processor) {
                    Some(lambda) => processing.lambda = Some(lambda),
                    None => is_complete = false,
                }
                continue;
            }
            is_complete &= self.processor(processor, &kind, &mut delimiter, &mut processing).is_some();
        }
        if is_complete && partitions && processing.metadata.is_none() && processing.lambda.is_none() {
            self.problem(node, "dynamic partitioning needs a `MetadataExtraction` or `Lambda` processor");
            return None;
        }
        is_complete.then_some((delimiter, processing))
    }

    fn processor(
        &mut self,
        processor: &Node,
        kind: &str,
        delimiter: &mut Box<[u8]>,
        processing: &mut Processing,
    ) -> Option<()> {
        match kind {
            "AppendDelimiterToRecord" => {
                let text = self.parameter(processor, "Delimiter")?;
                *delimiter = append_delimiter::delimiter(text.as_deref());
            }
            "Decompression" => match self.parameter(processor, "CompressionFormat")?.as_deref() {
                None | Some("GZIP") => processing.decompresses = true,
                Some(other) => {
                    self.problem(processor, format!("`Decompression` of `{other}` is not simulated"));
                    return None;
                }
            },
            "CloudWatchLogProcessing" => {
                let extracts = self.parameter(processor, "DataMessageExtraction")?;
                processing.extracts_messages = extracts.is_some_and(|text| text.eq_ignore_ascii_case("true"));
            }
            "RecordDeAggregation" => processing.deaggregation = Some(self.deaggregation(processor)?),
            other => {
                self.problem(
                    processor,
                    format!("the processor `{other}` is not simulated yet by this version"),
                );
                return None;
            }
        }
        Some(())
    }

    fn metadata(&mut self, block: &Node, processor: &Node, partitions: bool) -> Option<MetadataExtraction> {
        if !partitions && self.wanted_keys.is_none() {
            self.problem(processor, "`MetadataExtraction` needs `DynamicPartitioningConfiguration`");
            return None;
        }
        let Some(text) = self.parameter(processor, "MetadataExtractionQuery")? else {
            return self.missing(processor, "MetadataExtractionQuery");
        };
        let mut keys: Vec<Box<str>> = Vec::new();
        if let Some(wanted) = self.wanted_keys {
            keys = wanted.iter().map(|key| (*key).into()).collect();
        } else {
            let prefix = self.prefix(block, "Prefix")?;
            for (key, _) in prefix.iter().flat_map(|prefix| prefix.query_keys()) {
                if !keys.iter().any(|known| **known == *key) {
                    keys.push(key.into());
                }
            }
        }
        match MetadataExtraction::compile(&text, keys) {
            Ok(metadata) => Some(metadata),
            Err(message) => {
                self.problem(processor, format!("`MetadataExtractionQuery`: {message}"));
                None
            }
        }
    }

    /// Parameters and defaults: behaviour sheet, 4.1.
    fn lambda(&mut self, block: &Node, processor: &Node) -> Option<LambdaTransform> {
        let Some(arn) = self.parameter(processor, "LambdaArn")? else {
            return self.missing(processor, "LambdaArn");
        };
        let default = self.function_hints.unwrap_or(LambdaTransform::DEFAULT_HINTS);
        let size = self.in_range(processor, "BufferSizeInMBs", &LAMBDA_BUFFER_MB)?;
        let interval = self.in_range(processor, "BufferIntervalInSeconds", &LAMBDA_BUFFER_SECONDS)?;
        let retries = self.in_range(processor, "NumberOfRetries", &LAMBDA_RETRIES)?;
        let prefix = self.prefix(block, "Prefix")?;
        let mut keys: Vec<Box<str>> = Vec::new();
        for (key, _) in prefix.iter().flat_map(|prefix| prefix.lambda_keys()) {
            if !keys.iter().any(|known| **known == *key) {
                keys.push(key.into());
            }
        }
        // CHOICE: 1 MB = 1,048,576 bytes, parts of a byte left out.
        let bytes = |mebibytes: f64| ByteSize::bytes((mebibytes * 1_048_576.0) as u64);
        Some(LambdaTransform {
            arn: arn.into(),
            hints: BufferingHints {
                size: size.map_or(default.size, bytes),
                interval: interval.map_or(default.interval, Duration::from_secs_f64),
            },
            retries: retries.map_or(DEFAULT_RETRIES, |retries| retries as u32),
            keys,
        })
    }

    /// The number that a processor's parameter holds. The outer `None` is a problem, the inner one an absent parameter.
    fn in_range(
        &mut self,
        processor: &Node,
        name: &str,
        range: &std::ops::RangeInclusive<f64>,
    ) -> Option<Option<f64>> {
        let Some(text) = self.parameter(processor, name)? else { return Some(None) };
        match text.trim().parse::<f64>() {
            Ok(number) if range.contains(&number) => Some(Some(number)),
            _ => {
                let (least, most) = (range.start(), range.end());
                self.problem(processor, format!("`{name}` is `{text}`; it is {least} to {most}"));
                None
            }
        }
    }

    fn deaggregation(&mut self, processor: &Node) -> Option<RecordDeAggregation> {
        match self.parameter(processor, "SubRecordType")?.as_deref() {
            Some("JSON") => Some(RecordDeAggregation::Json),
            Some("DELIMITED") => {
                let text = self.parameter(processor, "Delimiter")?.unwrap_or_default();
                match STANDARD.decode(text.trim()) {
                    Ok(delimiter) if !delimiter.is_empty() => {
                        Some(RecordDeAggregation::Delimited(delimiter.into()))
                    }
                    _ => {
                        self.problem(
                            processor,
                            "`Delimiter` of `RecordDeAggregation` must be base64 of at least one byte",
                        );
                        None
                    }
                }
            }
            other => {
                let other = other.unwrap_or_default();
                self.problem(processor, format!("`SubRecordType` is `{other}`; it is JSON or DELIMITED"));
                None
            }
        }
    }

    /// The value of a processor's parameter. The outer `None` is a problem, the inner one an absent parameter.
    pub(super) fn parameter(&mut self, processor: &Node, name: &str) -> Option<Option<String>> {
        let parameters = processor.get("Parameters").and_then(Node::as_list).unwrap_or_default();
        let given = parameters.iter().find(|parameter| {
            parameter.get("ParameterName").and_then(Node::as_text).as_deref() == Some(name)
        });
        match given {
            Some(parameter) => self.optional(parameter, "ParameterValue"),
            None => Some(None),
        }
    }
}
