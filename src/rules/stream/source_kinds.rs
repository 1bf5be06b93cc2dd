//! The types of a stream and the source block that each goes with.

use crate::rules::{Finding, Findings, Place, Scope, origin};

/// A value of `DeliveryStreamType` and its block.
#[derive(Debug)]
pub struct SourceKind {
    /// The value of `DeliveryStreamType`.
    pub kind: &'static str,
    /// The property with the source.
    pub block: &'static str,
    /// A word that a misspelt name of the block would have, in lower case.
    word: &'static str,
}

/// Resource sheet, section 4, row "source".
pub const SOURCE_KINDS: [SourceKind; 4] = [
    source("DirectPut", "DirectPutSourceConfiguration", "directput"),
    source("KinesisStreamAsSource", "KinesisStreamSourceConfiguration", "kinesis"),
    source("MSKAsSource", "MSKSourceConfiguration", "msk"),
    source("DatabaseAsSource", "DatabaseSourceConfiguration", "database"),
];

const fn source(kind: &'static str, block: &'static str, word: &'static str) -> SourceKind {
    SourceKind { kind, block, word }
}

/// The kind of a stream's type, as it is known in this world.
pub fn of_stream(scope: &Scope<'_>) -> Option<&'static SourceKind> {
    let name = scope.stream_type()?;
    SOURCE_KINDS.iter().find(|source| source.kind == name)
}

/// The block of a kind, where it is set.
pub fn block<'a>(scope: &Scope<'a>, source: &SourceKind) -> Option<Place<'a>> {
    scope.at(&[source.block]).filter(Place::is_set)
}

/// Whether the type of the stream needs a block that is absent. A block under a wrong name is FH006's to tell.
pub fn lacks_its_block(scope: &Scope<'_>, source: &SourceKind) -> bool {
    let entries = scope.properties().map(|place| place.entries()).unwrap_or_default();
    let is_misspelt = |key: &str| {
        let known = SOURCE_KINDS.iter().any(|known| known.block == key);
        let key = key.to_ascii_lowercase();
        !known && key.contains(source.word) && key.contains("source")
    };
    source.kind != "DirectPut"
        && block(scope, source).is_none()
        && !entries.iter().any(|(key, _)| is_misspelt(key))
}

/// Reports a stream of a kind without its block; `service` is what the service answers, if that is known.
pub fn report_missing_block(
    scope: &Scope<'_>,
    findings: &mut Findings<'_>,
    kind: &str,
    service: Option<&str>,
) {
    let Some(source) = of_stream(scope).filter(|source| source.kind == kind) else { return };
    let Some(place) = scope.at(&["DeliveryStreamType"]).filter(|_| lacks_its_block(scope, source)) else {
        return;
    };
    let message = format!("the stream is `{kind}` and has no `{}`", source.block);
    let mut finding = Finding::at(&place, message).help(format!("add `{}`", source.block));
    if let Some(service) = service {
        finding = finding.service(service);
    }
    for other in SOURCE_KINDS.iter().filter(|other| other.kind != kind) {
        if let Some(place) = block(scope, other) {
            finding =
                finding.related(place.key_span, format!("this is the source of a `{}` stream", other.kind));
        }
    }
    findings.add(origin::explain(finding, scope.template(), &place));
}
