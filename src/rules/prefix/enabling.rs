//! The edit that switches a block on: adds `Enabled: true` where `Enabled` is missing.

use crate::foundation::diagnostic::Fix;
use crate::foundation::span::Span;
use crate::rules::Place;
use crate::template::Template;

/// `Enabled: true` as the first entry of a block that has none. `None` where the block is not written out as a
/// mapping with at least one key.
pub fn enable(template: &Template, block: &Place<'_>) -> Option<Fix> {
    let map = block.node.as_map()?;
    if map.entry("Enabled").is_some() {
        return None;
    }
    let first = map.entries.first()?.key_span;
    let text = &template.source.text;
    let start = first.start as usize;
    let quoted = text.get(start..)?.starts_with('"');
    let entry = if quoted { "\"Enabled\": true" } else { "Enabled: true" };
    let line = text.get(..start)?.rsplit('\n').next()?;
    let flow = template.source.slice(block.node.span).starts_with('{');
    let own_line = line.trim_matches([' ', '\t']).is_empty();
    let added = match (flow, own_line) {
        (true, true) => format!("{entry},\n{line}"),
        (true, false) => format!("{entry}, "),
        (false, true) => format!("{entry}\n{line}"),
        // The first key stands behind `- ` or an anchor.
        (false, false) => return None,
    };
    Some(Fix::replace(Span::new(start, start), added))
}
