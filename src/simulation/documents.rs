//! Documents on their way into indices: where each of them stands in the samples, and which of them an index would refuse
//! that has no mapping of its own.

use std::{
    collections::{BTreeMap, VecDeque},
    num::NonZeroU64,
};

use serde::Serialize;

use super::{trace::SamplePlace, warnings::Remark};
use crate::{
    foundation::byte_size::ByteSize,
    model::{
        delivery_stream::DeliveryStream,
        destination::request::Requests,
        dynamic_mapping::{DynamicMapping, Misfit, ValueKind},
    },
    pipeline::{BufferId, Kept, plan::Plan},
};

/// Indices whose mappings are kept: with rotation, the last ones.
const MOST_INDICES: usize = 16;

/// Conflicts that are kept by themselves.
const MOST_CONFLICTS: usize = 100;

/// Conflicts that are warned of by themselves.
const SHOWN: usize = 10;

/// Bulk bodies above this are refused by domains of small instance types (network limits of OpenSearch Service).
const SMALL_DOMAIN_BODY: u64 = 10 << 20;

/// Documents that an index would refuse for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MappingConflict {
    /// The first index that would.
    pub index: String,
    /// `type`, `own-field`, `too-many-fields` or `too-deep`.
    pub reason: &'static str,
    /// The field, its parts joined by dots; `None` where no single one is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What gave the field its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<SeenValue>,
    /// The first value that does not fit.
    pub refused: SeenValue,
    /// Documents that would be refused.
    pub records: u64,
}

/// A value that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenValue {
    /// What it is, such as `a number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The record that has it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<SamplePlace>,
}

impl SeenValue {
    fn new(value: ValueKind, place: Option<SamplePlace>) -> SeenValue {
        SeenValue { value: Some(value.to_string()), place }
    }

    fn at(&self) -> String {
        match &self.place {
            Some(place) => format!("in {place}"),
            None => "in another record".to_owned(),
        }
    }
}

/// The documents of a run.
#[derive(Debug)]
pub(super) struct Documents {
    /// The indices that were written to last, and what their mappings came to.
    mappings: VecDeque<(String, DynamicMapping<Option<SamplePlace>>)>,
    conflicts: BTreeMap<Misfit, MappingConflict>,
    /// In the order of their first document.
    order: Vec<Misfit>,
    /// Where the records of a buffer stand, in its order.
    places: BTreeMap<BufferId, Vec<Option<Mark>>>,
    /// Their files.
    files: Vec<String>,
}

/// A place in few bytes: there is one for each record in a buffer.
#[derive(Clone, Copy, Debug)]
struct Mark {
    record: u64,
    line: Option<NonZeroU64>,
    /// In [`Documents::files`].
    file: u32,
}

impl Documents {
    /// Nothing yet; `None` for a destination without indices.
    pub(super) fn of(plan: &Plan) -> Option<Documents> {
        plan.requests()?.index(0)?;
        let (mappings, conflicts) = (VecDeque::new(), BTreeMap::new());
        let (order, places, files) = (Vec::new(), BTreeMap::new(), Vec::new());
        Some(Documents { mappings, conflicts, order, places, files })
    }

    /// A document goes into a buffer.
    pub(super) fn add(&mut self, kept: &Kept, place: Option<SamplePlace>, requests: &dyn Requests) {
        if let Some(index) = requests.index(kept.at.as_millis()) {
            self.learn(index, &kept.record, &place);
        }
        let mark = place.map(|place| self.mark(place));
        self.places.entry(kept.buffer).or_default().push(mark);
    }

    fn mark(&mut self, SamplePlace { record, file, line }: SamplePlace) -> Mark {
        // Records come file by file.
        let number = self.files.iter().rposition(|known| *known == file).unwrap_or_else(|| {
            self.files.push(file);
            self.files.len() - 1
        });
        Mark { record, line: line.and_then(NonZeroU64::new), file: number as u32 }
    }

    /// Where a record of a buffer stands.
    pub(super) fn place(&self, buffer: BufferId, index: u32) -> Option<SamplePlace> {
        let mark = (*self.places.get(&buffer)?.get(index as usize)?)?;
        let file = self.files.get(mark.file as usize)?.clone();
        Some(SamplePlace { record: mark.record, file, line: mark.line.map(NonZeroU64::get) })
    }

    /// The delivery of a buffer is over.
    pub(super) fn forget(&mut self, buffer: BufferId) {
        self.places.remove(&buffer);
    }

    fn learn(&mut self, index: String, document: &[u8], place: &Option<SamplePlace>) {
        let at = self.mappings.iter().position(|(known, _)| *known == index).unwrap_or_else(|| {
            if self.mappings.len() == MOST_INDICES {
                self.mappings.pop_front();
            }
            self.mappings.push_back((index, DynamicMapping::default()));
            self.mappings.len() - 1
        });
        let (index, mapping) = &mut self.mappings[at];
        let Err(misfit) = mapping.index(document, place) else { return };
        if let Some(known) = self.conflicts.get_mut(&misfit) {
            known.records += 1;
            return;
        }
        if self.conflicts.len() == MOST_CONFLICTS {
            return;
        }
        let (reason, field, first, value) = match &misfit {
            Misfit::Type { field, held, value } => {
                let first = mapping.first(field).cloned();
                // Within one document, both stand in the same record.
                let first = SeenValue::new(*held, first.unwrap_or_else(|| place.clone()));
                ("type", Some(field.clone()), Some(first), Some(value.to_string()))
            }
            Misfit::OwnField { field } => ("own-field", Some(field.clone()), None, None),
            Misfit::TooManyFields => ("too-many-fields", None, None, None),
            Misfit::TooDeep => ("too-deep", None, None, None),
        };
        let refused = SeenValue { value, place: place.clone() };
        let conflict = MappingConflict { index: index.clone(), reason, field, first, refused, records: 1 };
        self.conflicts.insert(misfit.clone(), conflict);
        self.order.push(misfit);
    }

    /// What the user should know. `largest` is the size of the largest bulk body.
    pub(super) fn warnings(&self, stream: &DeliveryStream, largest: Option<u64>) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut warn = |id, message: String, help: &str| {
            remarks.push(Remark { id, message, help: Some(help.to_owned()) });
        };
        for conflict in self.order.iter().take(SHOWN).filter_map(|misfit| self.conflicts.get(misfit)) {
            warn("mapping-conflict", explain(conflict), help(conflict));
        }
        if let Some(more) = self.order.len().checked_sub(SHOWN + 1) {
            let message = format!("{} more kinds of values would be refused", more + 1);
            warn("mapping-conflict", message, "read `mapping_conflicts` in report.json");
        }
        if stream.destination.processing().decompresses {
            let message = "Firehose does not deliver CloudWatch Logs to OpenSearch: a record of theirs holds many log \
                           events, and a document is one";
            warn(
                "cloudwatch-logs",
                message.to_owned(),
                "send them with a subscription filter of OpenSearch Service, or put each event as a record of its own",
            );
        }
        if let Some(largest) = largest.filter(|largest| *largest > SMALL_DOMAIN_BODY) {
            let message = format!(
                "the largest bulk body has {}: domains of small instance types refuse more than 10 MiB with 413",
                ByteSize::bytes(largest)
            );
            warn("large-bulk", message, "lower SizeInMBs, or choose an instance type that takes 100 MiB");
        }
        remarks
    }

    /// What of the documents would be refused, in the order of the first of each kind.
    pub(super) fn conflicts(mut self) -> Vec<MappingConflict> {
        self.order.iter().filter_map(|misfit| self.conflicts.remove(misfit)).collect()
    }
}

/// A conflict in a sentence.
fn explain(conflict: &MappingConflict) -> String {
    let MappingConflict { index, field, first, refused, records, .. } = conflict;
    let at = refused.at();
    let count = match records {
        1 => "1 document".to_owned(),
        records => format!("{records} documents"),
    };
    let field = field.as_deref().unwrap_or_default();
    match (first, &refused.value, conflict.reason) {
        (Some(first), Some(value), _) => format!(
            "`.{field}` is {} {} and {value} {at}: an index gives a field the type of its first value, unless its mapping \
             says otherwise, and refuses a document that does not fit; `{index}` would refuse {count}",
            first.value.as_deref().unwrap_or("another value"),
            first.at(),
        ),
        (_, _, "own-field") => format!(
            "`{field}` stands at the top of a document {at}: that field is the engine's own; `{index}` would refuse {count}"
        ),
        (_, _, "too-many-fields") => format!(
            "a document {at} would give `{index}` more than 1,000 fields, the limit of an index: it would refuse {count}"
        ),
        _ => format!(
            "a document has more than 20 levels of objects {at}, the limit of an index: `{index}` would refuse {count}"
        ),
    }
}

fn help(conflict: &MappingConflict) -> &'static str {
    match conflict.reason {
        "own-field" => "give the field another name in the producer or a function",
        "too-many-fields" => {
            "let names of fields be few and values many, or raise `index.mapping.total_fields.limit` in an index template"
        }
        "too-deep" => "flatten the records, or raise `index.mapping.depth.limit` in an index template",
        _ => {
            "mend the records, or make an index template whose mapping suits all of them; `documents` of an `[[answer]]` \
             in a scenario shows what becomes of refused ones"
        }
    }
}
