//! Features of an S3 destination that raise the least value of a buffering hint.

use crate::rules::scope::{S3Block, S3Role};
use crate::rules::{Finding, Findings, Scope, origin, repair};

/// A hint whose least value a feature raises.
pub struct RaisedFloor {
    /// The hint.
    pub hint: &'static str,
    /// The least value with the feature.
    pub least: u32,
    /// The least value without it; what lies below is FH201's to tell.
    pub least_otherwise: u32,
    /// The feature in words.
    pub feature: &'static str,
    /// Its block.
    pub block: &'static str,
    /// Whether the feature is on.
    pub is_on: fn(&S3Block<'_>) -> bool,
    /// What the service answers.
    pub service: &'static str,
}

/// Reports a hint that is below its raised floor.
pub fn report(scope: &Scope<'_>, findings: &mut Findings<'_>, floor: &RaisedFloor) {
    let RaisedFloor { hint, least, feature, .. } = floor;
    let template = scope.template();
    for block in scope.s3_blocks() {
        if block.role != S3Role::Extended || !(floor.is_on)(&block) {
            continue;
        }
        let Some(place) = block.place.at(&["BufferingHints", hint]) else { continue };
        let Some(value) = place.node.as_number() else { continue };
        let is_whole = value.fract() == 0.0;
        if value >= f64::from(*least) || value < f64::from(floor.least_otherwise) || !is_whole {
            continue;
        }
        let mut finding =
            Finding::at(&place, format!("`{hint}` is {value}; with {feature} it must be at least {least}"))
                .service(floor.service)
                .help(format!("set `{hint}` to {least} or more"))
                .fix_if(repair::replace(template, &place, least.to_string()));
        if let Some(cause) = block.place.get(floor.block) {
            let key = cause.get("Enabled").map_or(cause.key_span, |enabled| enabled.key_span);
            finding = finding.related(key, format!("{feature} is on"));
        }
        findings.add(origin::explain(finding, template, &place));
    }
}
