//! Dynamic references that `Fn::Sub` or `Fn::Join` puts together: `{{resolve:secretsmanager:${Secret}}}`.
//!
//! What they give is not known before the deployment, however well their parts are known.

use std::ops::Range;

use crate::foundation::document::{Chunk, HOLE, Unknown};
use crate::foundation::span::Span;

const OPENER: &str = "{{resolve:";
const CLOSER: &str = "}}";

/// Replaces each dynamic reference that lies in several chunks by one unknown chunk.
pub(super) fn cover(chunks: Vec<Chunk>) -> Vec<Chunk> {
    let opens = |chunk: &Chunk| matches!(chunk, Chunk::Known(text, _) if text.contains('{'));
    if !chunks.iter().any(opens) {
        return chunks;
    }
    let masked: String = chunks.iter().map(text_of).collect();
    let references = references(&masked);
    let mut left = references.iter().peekable();
    let mut covered = Vec::new();
    let mut place: Option<Span> = None;
    let mut start = 0;
    for chunk in &chunks {
        let end = start + text_of(chunk).len();
        let mut at = start;
        while let Some(reference) = left.peek().filter(|reference| reference.start < end) {
            covered.extend(part(chunk, at - start, reference.start.max(at) - start));
            let span = span_of(chunk);
            place = Some(place.map_or(span, |known| known.join(span)));
            at = reference.end.min(end);
            if reference.end > end {
                break;
            }
            let dynamic = Unknown::Dynamic(masked[reference.start..reference.end].into());
            covered.push(Chunk::Unknown(dynamic, place.take().unwrap_or_default()));
            left.next();
        }
        covered.extend(part(chunk, at - start, end - start));
        start = end;
    }
    covered
}

/// The places of dynamic references in a text.
fn references(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find(OPENER).map(|open| at + open) {
        let Some(close) = text[open..].find(CLOSER).map(|close| open + close + CLOSER.len()) else { break };
        found.push(open..close);
        at = close;
    }
    found
}

fn text_of(chunk: &Chunk) -> String {
    match chunk {
        Chunk::Known(text, _) => text.to_string(),
        Chunk::Unknown(..) => HOLE.to_string(),
    }
}

fn span_of(chunk: &Chunk) -> Span {
    match chunk {
        Chunk::Known(_, origin) => origin.scalar,
        Chunk::Unknown(_, span) => *span,
    }
}

/// The bytes `from..to` of a chunk; of an unknown one all or nothing.
fn part(chunk: &Chunk, from: usize, to: usize) -> Option<Chunk> {
    match chunk {
        Chunk::Known(text, origin) => {
            let (from, to) = (from.min(text.len()), to.min(text.len()));
            let origin =
                crate::foundation::document::Origin { offset: origin.offset + from as u32, ..*origin };
            (from < to).then(|| Chunk::Known(text[from..to].into(), origin))
        }
        Chunk::Unknown(..) => (from == 0 && to > from).then(|| chunk.clone()),
    }
}

#[cfg(test)]
mod tests {
    use crate::foundation::document::{Chunk, Unknown, Value};
    use crate::foundation::span::Source;
    use crate::template::{Template, World, intrinsics};

    fn resolved(value: &str) -> (String, Vec<String>) {
        let text = format!(
            "Parameters:\n  P: {{Type: String, Default: /a}}\n  Q: {{Type: String}}\nResources:\n  X:\n    Type: T\n    \
             Properties:\n      a: {value}\n"
        );
        let template = Template::read(Source::new("t.yaml", text));
        let node = template.resource("X").and_then(|resource| resource.properties()?.get("a")).expect("a");
        let node = intrinsics::resolve(&template, &World::default(), node).expect("a value");
        let Value::String(text) = node.value else { panic!("{node:?}") };
        let dynamic = text.chunks.iter().filter_map(|chunk| match chunk {
            Chunk::Unknown(Unknown::Dynamic(text), _) => Some(text.to_string()),
            _ => None,
        });
        (text.masked(), dynamic.collect())
    }

    #[test]
    fn parts_put_together_are_one_hole() {
        let (masked, dynamic) =
            resolved("!Sub \"pre{{resolve:ssm-secure:${P}:1}}mid{{resolve:ssm:${Q}}}post\"");
        assert_eq!(masked, "pre\u{FFFC}mid\u{FFFC}post");
        assert_eq!(dynamic, ["{{resolve:ssm-secure:/a:1}}", "{{resolve:ssm:\u{FFFC}}}"]);
        let (masked, dynamic) = resolved("!Join [\"\", [\"{{resolve:ssm:\", !Ref P, \"}}\"]]");
        assert_eq!((masked.as_str(), dynamic.len()), ("\u{FFFC}", 1));
    }

    #[test]
    fn other_text_stays_as_it_is() {
        assert_eq!(resolved("!Sub \"{{resolve:ssm:${P}\"").0, "{{resolve:ssm:/a");
        assert_eq!(resolved("!Sub \"a${Q}b{c}}\"").0, "a\u{FFFC}b{c}}");
    }
}
