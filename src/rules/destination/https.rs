//! Whether a URL begins with `https://`, and the repair where it does not.

use std::ops::Range;

use crate::foundation::diagnostic::Fix;
use crate::foundation::document::HOLE;
use crate::rules::Place;
use crate::template::Template;

const HTTPS: &str = "https://";

/// The part of a URL (holes as [`HOLE`]) that stands where `https://` should; empty where there is no scheme at all.
/// `None` where it is right, or a hole may make it right.
pub fn wrong_scheme(url: &str) -> Option<Range<usize>> {
    if url.starts_with(HTTPS) {
        return None;
    }
    let known = url.find(HOLE).unwrap_or(url.len());
    if known < url.len() && HTTPS.starts_with(&url[..known]) {
        return None;
    }
    let end =
        url.find("://").filter(|&end| end < known && url[..end].bytes().all(|b| b.is_ascii_alphanumeric()));
    Some(0..end.unwrap_or(0))
}

/// The edit that makes it `https`, where the scheme (or its place) stands literally in the template.
pub fn repair(template: &Template, place: &Place<'_>, url: &str, scheme: &Range<usize>) -> Option<Fix> {
    let text = place.text()?;
    let span = |range: Range<usize>| text.span_of(&template.source.text, range);
    if !scheme.is_empty() {
        let is_http = url[scheme.clone()].eq_ignore_ascii_case("http")
            || url[scheme.clone()].eq_ignore_ascii_case("https");
        let span = span(scheme.clone())
            .filter(|span| is_http && template.source.slice(*span) == &url[scheme.clone()])?;
        return Some(Fix::replace(span, "https"));
    }
    let first = url.chars().next().filter(|first| first.is_ascii_alphanumeric())?;
    let mut span =
        span(0..first.len_utf8()).filter(|span| template.source.slice(*span).starts_with(first))?;
    span.end = span.start;
    Some(Fix::replace(span, HTTPS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_may_hold_the_scheme() {
        assert_eq!(wrong_scheme("https://a"), None);
        assert_eq!(wrong_scheme("\u{FFFC}.example.com"), None);
        assert_eq!(wrong_scheme("ht\u{FFFC}"), None);
        assert_eq!(wrong_scheme("http://\u{FFFC}"), Some(0..4));
        assert_eq!(wrong_scheme("example.com:8088"), Some(0..0));
        assert_eq!(wrong_scheme("HTTPS://a"), Some(0..5));
    }
}
