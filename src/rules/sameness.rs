//! Whether two resolved values are the same text, as far as can be known before a deployment.

use crate::foundation::document::{Chunk, Node, Unknown, Value};

/// What is known about two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    /// They are the same, whatever the unknown parts give.
    Yes,
    /// They differ, whatever the unknown parts give.
    No,
    /// It depends on what is unknown.
    Unsure,
}

#[derive(Debug, PartialEq)]
enum Part {
    Known(String),
    Hole(Unknown),
}

/// Compares two scalars.
pub fn same(left: &Node, right: &Node) -> Same {
    if left.reference.is_some() && left.reference == right.reference {
        return Same::Yes;
    }
    let (Some(left), Some(right)) = (parts(left), parts(right)) else { return Same::Unsure };
    let is_fixed = |part: &Part| !matches!(part, Part::Hole(Unknown::Function(_) | Unknown::Undeclared(_)));
    if left == right && left.iter().all(is_fixed) {
        return Same::Yes;
    }
    let (left_start, right_start) = (edge(left.first()), edge(right.first()));
    let (left_end, right_end) = (edge(left.last()), edge(right.last()));
    let starts = left_start.starts_with(right_start) || right_start.starts_with(left_start);
    let ends = left_end.ends_with(right_end) || right_end.ends_with(left_end);
    let is_known = |parts: &[Part]| matches!(parts, [] | [Part::Known(_)]);
    if !starts || !ends || (is_known(&left) && is_known(&right)) { Same::No } else { Same::Unsure }
}

fn edge(part: Option<&Part>) -> &str {
    match part {
        Some(Part::Known(text)) => text,
        _ => "",
    }
}

/// The parts of a scalar, known neighbours as one; `None` for lists and mappings.
fn parts(node: &Node) -> Option<Vec<Part>> {
    let text = match &node.value {
        Value::Unknown(why) => return Some(vec![Part::Hole(why.clone())]),
        Value::Number(raw) | Value::Bool(_, raw) => return Some(vec![Part::Known(raw.to_string())]),
        Value::String(text) => text,
        _ => return None,
    };
    let mut parts = Vec::new();
    for chunk in &text.chunks {
        match (chunk, parts.last_mut()) {
            (Chunk::Known(text, _), _) if text.is_empty() => {}
            (Chunk::Known(text, _), Some(Part::Known(known))) => known.push_str(text),
            (Chunk::Known(text, _), _) => parts.push(Part::Known(text.to_string())),
            (Chunk::Unknown(why, _), _) => parts.push(Part::Hole(why.clone())),
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foundation::span::Source;
    use crate::template::{Template, World, intrinsics};

    fn compared(left: &str, right: &str) -> Same {
        let text = format!(
            "Parameters: {{P: {{Type: String}}, D: {{Type: String, Default: d}}}}\nResources:\n  B: {{Type: T}}\n  X:\n    \
             Type: T\n    Properties:\n      l: {left}\n      r: {right}\n"
        );
        let template = Template::read(Source::new("t.yaml", text));
        let properties =
            template.resource("X").and_then(|resource| resource.properties()).expect("properties");
        let value = |key: &str| {
            intrinsics::resolve(&template, &World::default(), properties.get(key).expect("key"))
                .expect("value")
        };
        same(&value("l"), &value("r"))
    }

    #[test]
    fn values_are_compared_as_far_as_they_are_known() {
        assert_eq!(compared("a", "!Sub a"), Same::Yes);
        assert_eq!(compared("a/d", "!Sub 'a/${D}'"), Same::Yes);
        assert_eq!(compared("!Sub 'a/${P}/b'", "!Join ['', [a/, !Ref P, /b]]"), Same::Yes);
        assert_eq!(compared("!Ref B", "!Sub '${B}'"), Same::Yes);
        assert_eq!(compared("a", "b"), Same::No);
        assert_eq!(compared("!Sub 'x${P}'", "yellow"), Same::No);
        assert_eq!(compared("!Sub '${P}x'", "fox"), Same::Unsure);
        assert_eq!(compared("!ImportValue x", "!ImportValue y"), Same::Unsure);
    }
}
