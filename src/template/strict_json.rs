//! JSON held to JSON's own rules. YAML's reader, which reads both, takes comments and trailing commas in silence.

use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::read::{Document, ReadProblem, read};
use crate::foundation::span::Span;

/// Most slips that are reported and read over.
const MOST_SLIPS: usize = 20;

/// Reads a `.json` file: comments and trailing commas are mistakes of syntax, each told, and what stands around them
/// is read all the same.
pub fn read_json(text: &str) -> Document {
    let mut plain = text.to_owned();
    let mut slips = Vec::new();
    while let Some((span, words)) = first_slip(&plain).filter(|_| slips.len() < MOST_SLIPS) {
        // Blanks of the same length keep every place.
        plain.replace_range(span.range(), &" ".repeat(span.range().len()));
        slips.push((span, ReadProblem::Syntax(words)));
    }
    let mut document = read(&plain);
    document.problems.extend(slips);
    document.problems.sort_by_key(|(span, _)| *span);
    document
}

/// The first comment or trailing comma; `None` where the text is JSON, or wrong in another way, which is the other
/// reader's to tell.
fn first_slip(text: &str) -> Option<(Span, String)> {
    let error = serde_json::from_str::<IgnoredAny>(text.trim_start_matches('\u{feff}')).err()?;
    if error.classify() != Category::Syntax {
        return None;
    }
    let line_start = match error.line() {
        0 | 1 => text.len() - text.trim_start_matches('\u{feff}').len(),
        line => text.match_indices('\n').nth(line - 2)?.0 + 1,
    };
    // The column may name the byte itself or that behind it.
    let near = line_start + error.column().saturating_sub(1);
    let comment = (near.saturating_sub(1)..=near).find(|&at| {
        let rest = text.get(at..).unwrap_or_default();
        rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#')
    });
    if let Some(at) = comment {
        let rest = &text[at..];
        let length = match rest.strip_prefix("/*") {
            Some(inner) => inner.find("*/").map_or(rest.len(), |end| end + 4),
            None => rest.find(['\n', '\r']).unwrap_or(rest.len()),
        };
        return Some((Span::new(at, at + length), "JSON has no comments".to_owned()));
    }
    if text.as_bytes().get(near).is_some_and(|byte| matches!(byte, b'}' | b']')) {
        let before = text.get(..near)?.trim_end();
        let comma = before.ends_with(',').then(|| before.len() - 1)?;
        let words = "a comma with nothing behind it, which JSON does not have".to_owned();
        return Some((Span::new(comma, comma + 1), words));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(&str, String)> {
        let told = |(span, problem): (Span, ReadProblem)| match problem {
            ReadProblem::Syntax(words) => Some((&text[span.range()], words)),
            _ => None,
        };
        read_json(text).problems.into_iter().filter_map(told).collect()
    }

    #[test]
    fn comments_and_trailing_commas_are_told_and_read_over() {
        let text = "{\n  // why\n  \"a\": [1, 2 , ], /* and */ \"é\": 2,\n}\n";
        let found: Vec<&str> = problems(text).iter().map(|(text, _)| *text).collect();
        assert_eq!(found, ["// why", ",", "/* and */", ","]);
        let root = read_json(text).root.expect("a tree");
        assert_eq!(root.as_map().expect("a mapping").entries.len(), 2);
    }

    #[test]
    fn json_is_silent() {
        assert_eq!(problems("\u{feff}{\"a\": [1, {\"b\": \"x//y,\"}]}"), []);
        assert_eq!(problems("{\"a\": {}}\r\n"), []);
    }

    #[test]
    fn many_slips_are_bounded() {
        assert!(problems(&"[1,],".repeat(5_000)).len() <= MOST_SLIPS + 1);
        assert!(!problems("{\"a\": [1, /* never closed").is_empty());
    }
}
