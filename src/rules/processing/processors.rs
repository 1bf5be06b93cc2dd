//! The processors of a stream's destinations, as this family's rules look at them. No rule itself.

use crate::rules::{Finding, Findings, Place, Scope, shape};

/// A destination's processing.
pub(super) struct Processing<'a> {
    /// The destination property.
    pub destination: &'static str,
    /// Its block.
    pub place: Place<'a>,
    /// `ProcessingConfiguration`.
    pub block: Place<'a>,
    /// Whether it is switched on; `None` if unknown.
    pub on: Option<bool>,
    /// The processors with their types; a type that is absent or unknown is empty.
    pub processors: Vec<Processor<'a>>,
}

/// A processor with its type.
pub(super) struct Processor<'a> {
    /// `Type`; empty where it is absent or unknown.
    pub kind: String,
    /// The processor.
    pub place: Place<'a>,
}

/// The processing of every destination that has it.
pub(super) fn all<'a>(scope: &Scope<'a>) -> Vec<Processing<'a>> {
    let processing = |(destination, place): (&'static str, Place<'a>)| {
        let block = place.get("ProcessingConfiguration")?;
        let (on, processors) = scope.processors(&place);
        let processors = processors.into_iter().map(|(kind, place)| Processor { kind, place }).collect();
        Some(Processing { destination, place, block, on, processors })
    };
    scope.destinations().into_iter().filter_map(processing).collect()
}

/// The processing that is switched on for sure: what stands in one that is off is not looked at by the service.
pub(super) fn running<'a>(scope: &Scope<'a>) -> Vec<Processing<'a>> {
    all(scope).into_iter().filter(|processing| processing.on == Some(true)).collect()
}

impl<'a> Processing<'a> {
    /// The processors of a type.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = &Processor<'a>> {
        self.processors.iter().filter(move |processor| processor.kind == kind)
    }

    /// Whether a processor of the type is there, or could be: one whose type is unknown, or an unknown list.
    pub fn may_have(&self, kind: &str) -> bool {
        let unknown = |processor: &Processor<'_>| {
            processor.place.node.is_unknown()
                || processor.place.get("Type").is_none_or(|kind| kind.known().is_none())
        };
        let list = self.block.get("Processors");
        self.block.node.is_unknown()
            || list.is_some_and(|list| list.node.is_unknown())
            || self.processors.iter().any(|processor| processor.kind == kind || unknown(processor))
    }
}

impl<'a> Processor<'a> {
    /// Where to point for what is missing: at `Type`.
    pub fn type_place(&self) -> Place<'a> {
        self.place.get("Type").unwrap_or_else(|| self.place.clone())
    }

    /// Its parameters, each with its name where that is known, and its place in the list.
    pub fn parameters(&self) -> Vec<(Option<String>, Place<'a>)> {
        let items = self.place.get("Parameters").map(|list| list.items()).unwrap_or_default();
        let named = |item: Place<'a>| {
            let name = item.get("ParameterName").and_then(|name| name.known().map(|text| text.into_owned()));
            (name, item)
        };
        items.into_iter().map(named).collect()
    }

    /// The value of a parameter; the last one where it stands twice.
    pub fn parameter(&self, name: &str) -> Option<Place<'a>> {
        let named = |(known, _): &(Option<String>, Place<'a>)| known.as_deref() == Some(name);
        self.parameters().into_iter().rfind(named)?.1.get("ParameterValue")
    }

    /// Whether a parameter is missing for sure: not hidden in a list or name that is unknown, nor without its value.
    pub fn lacks(&self, name: &str) -> bool {
        if self.place.get("Parameters").is_some_and(|list| list.node.as_list().is_none()) {
            return false;
        }
        self.parameters().iter().all(|(known, _)| known.as_deref().is_some_and(|known| known != name))
    }
}

/// A numeric parameter of a `Lambda` processor with its range.
pub(super) struct Range {
    /// Its name.
    pub parameter: &'static str,
    /// What it may be.
    pub allowed: std::ops::RangeInclusive<f64>,
    /// The unit, with a space before it; may be empty.
    pub unit: &'static str,
    /// The service's words.
    pub service: &'static str,
    /// Said beside the range.
    pub advice: &'static str,
}

impl Range {
    /// Reports values outside the range, and such as are no numbers.
    pub fn check(&self, scope: &Scope<'_>, findings: &mut Findings<'_>) {
        let (least, most, unit) = (self.allowed.start(), self.allowed.end(), self.unit);
        for processing in running(scope) {
            for processor in processing.of("Lambda") {
                let Some(value) = processor.parameter(self.parameter) else { continue };
                let Some(text) = value.known().filter(|text| !text.trim().is_empty()) else { continue };
                let message = match value.node.as_number() {
                    Some(number) if self.allowed.contains(&number) => continue,
                    Some(number) if number < *least => {
                        format!("`{}` is {text}{unit}; the least is {least}", self.parameter)
                    }
                    Some(_) => format!("`{}` is {text}{unit}; the most is {most}", self.parameter),
                    None => format!("`{}` is {}, which is no number", self.parameter, shape::shown(&value)),
                };
                let help = format!("write a number from {least} to {most}; {}", self.advice);
                findings.add(Finding::at(&value, message).service(self.service).help(help));
            }
        }
    }
}
