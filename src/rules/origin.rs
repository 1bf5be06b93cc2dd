//! Where the value that a finding speaks of was given, when that is not the place of use.

use super::{Finding, Place};
use crate::foundation::document::Node;
use crate::template::Template;

/// Points beside the finding at the parameter that gave the value: at the default or allowed value that it is.
pub fn explain(finding: Finding, template: &Template, place: &Place<'_>) -> Finding {
    let reference = place.node.reference.as_deref().filter(|reference| reference.attribute.is_none());
    let Some(parameter) = reference.and_then(|reference| template.parameter(&reference.target)) else {
        return finding;
    };
    let name = &parameter.name;
    let value = place.known();
    let is_value = |node: &&Node| node.as_text().is_some() && node.as_text() == value;
    if let Some(default) = parameter.node.get("Default").filter(is_value) {
        return finding.related(default.span, format!("the default of `{name}`"));
    }
    let allowed = parameter.node.get("AllowedValues").and_then(Node::as_list).unwrap_or_default();
    match allowed.iter().find(is_value) {
        Some(allowed) => finding.related(allowed.span, format!("an allowed value of `{name}`")),
        None => finding.related(parameter.name_span, format!("`{name}` is declared here")),
    }
}
