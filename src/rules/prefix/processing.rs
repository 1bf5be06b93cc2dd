//! The processors that a partitioned S3 destination draws its keys from.

use crate::rules::scope::S3Block;
use crate::rules::{Place, Scope};

/// The types of processors that there are.
const TYPES: [&str; 6] = [
    "AppendDelimiterToRecord",
    "CloudWatchLogProcessing",
    "Decompression",
    "Lambda",
    "MetadataExtraction",
    "RecordDeAggregation",
];

/// The processing of a destination.
pub struct Processing<'a> {
    /// `ProcessingConfiguration`, if it is there.
    pub place: Option<Place<'a>>,
    /// Whether it is on; `None` if unknown.
    pub is_on: Option<bool>,
    /// Whether all processors and their types are known and right.
    pub is_complete: bool,
    processors: Vec<(String, Place<'a>)>,
}

impl<'a> Processing<'a> {
    /// The processing of a block.
    pub fn of(scope: &Scope<'a>, block: &S3Block<'a>) -> Processing<'a> {
        let place = block.place.get("ProcessingConfiguration");
        let list = place.as_ref().and_then(|place| place.get("Processors"));
        let (is_on, processors) = scope.processors(&block.place);
        let is_known =
            |place: &Option<Place<'_>>| place.as_ref().is_none_or(|place| !place.node.is_unknown());
        let is_list = list.as_ref().is_none_or(|list| list.node.as_list().is_some());
        let is_complete =
            is_known(&place) && is_list && processors.iter().all(|(kind, _)| TYPES.contains(&kind.as_str()));
        Processing { place, is_on, is_complete, processors }
    }

    /// The processors of a type.
    pub fn of_type(&self, kind: &str) -> impl Iterator<Item = &Place<'a>> {
        self.processors.iter().filter(move |(known, _)| known == kind).map(|(_, place)| place)
    }

    /// Whether there is a processor of a type.
    pub fn has(&self, kind: &str) -> bool {
        self.of_type(kind).next().is_some()
    }
}
