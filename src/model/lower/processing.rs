//! `ProcessingConfiguration`: which processors run, and with what.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Lowering;
use crate::{
    foundation::document::Node,
    model::processor::{
        Processing, append_delimiter, deaggregation::RecordDeAggregation,
        metadata_extraction::MetadataExtraction,
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
            is_complete &= self.processor(processor, &kind, &mut delimiter, &mut processing).is_some();
        }
        if is_complete && partitions && processing.metadata.is_none() {
            self.problem(
                node,
                "dynamic partitioning is simulated with `MetadataExtraction` only, by this version",
            );
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
        if !partitions {
            self.problem(processor, "`MetadataExtraction` needs `DynamicPartitioningConfiguration`");
            return None;
        }
        let Some(text) = self.parameter(processor, "MetadataExtractionQuery")? else {
            return self.missing(processor, "MetadataExtractionQuery");
        };
        let prefix = self.prefix(block, "Prefix")?;
        let mut keys: Vec<Box<str>> = Vec::new();
        for (key, _) in prefix.iter().flat_map(|prefix| prefix.query_keys()) {
            if !keys.iter().any(|known| **known == *key) {
                keys.push(key.into());
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
