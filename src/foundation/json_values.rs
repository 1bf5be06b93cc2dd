//! Finds where JSON values end that stand one after another, and reads single ones lazily.

#[cfg(any(test, not(feature = "simulate")))]
use serde::Deserialize;

/// The state of a scan over objects and arrays; survives being cut anywhere.
#[derive(Debug, Default)]
pub struct ValueEnds {
    depth: u64,
    deepest: u64,
    in_string: bool,
    escaped: bool,
}

impl ValueEnds {
    /// The offset just past the first outermost value, of a scan that starts here.
    pub fn first_end(&mut self, bytes: &[u8]) -> Option<usize> {
        self.scan(bytes, true)
    }

    /// Scans on; answers with the offset just past the last outermost value that ended in `bytes`.
    pub fn last_end(&mut self, bytes: &[u8]) -> Option<usize> {
        self.scan(bytes, false)
    }

    fn scan(&mut self, bytes: &[u8], stops: bool) -> Option<usize> {
        let mut end = None;
        let mut at = 0;
        while at < bytes.len() {
            if self.escaped {
                self.escaped = false;
                at += 1;
                continue;
            }
            if self.in_string {
                // Most bytes are base64 inside strings: go from quote to quote.
                let Some(next) = memchr::memchr2(b'"', b'\\', &bytes[at..]) else { break };
                at += next;
                self.escaped = bytes[at] == b'\\';
                self.in_string = self.escaped;
            } else {
                match bytes[at] {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => {
                        self.depth += 1;
                        self.deepest = self.deepest.max(self.depth);
                    }
                    b'}' | b']' => {
                        self.depth = self.depth.saturating_sub(1);
                        end = if self.depth == 0 { Some(at + 1) } else { end };
                        if stops && end.is_some() {
                            return end;
                        }
                    }
                    _ => {}
                }
            }
            at += 1;
        }
        end
    }
}

/// Levels of nesting up to which records are read; the parser recurses and would run out of stack.
const DEEPEST: u64 = 512;

/// Reads text that may be JSON; `None` when it is not, or when it is nested deeper than 512 levels.
#[cfg(feature = "simulate")]
pub fn lazy_json(bytes: &[u8]) -> Option<sonic_rs::LazyValue<'_>> {
    sonic_rs::from_str(shallow_text(bytes)?).ok()
}

/// The text of a JSON value, without blanks around it; `None` where [`lazy_json`] gives none.
pub fn json_text(bytes: &[u8]) -> Option<&str> {
    #[cfg(feature = "simulate")]
    return lazy_json(bytes).and_then(|_| std::str::from_utf8(bytes).ok()).map(trimmed);
    #[cfg(not(feature = "simulate"))]
    return is_json_by_serde(bytes).then(|| std::str::from_utf8(bytes).ok()).flatten().map(trimmed);
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// Whether these bytes are JSON, of 512 levels at the most.
pub fn is_json(bytes: &[u8]) -> bool {
    json_text(bytes).is_some()
}

/// [`is_json`] of builds that read single records only, and go without the fast reader.
#[cfg(any(test, not(feature = "simulate")))]
fn is_json_by_serde(bytes: &[u8]) -> bool {
    let Some(text) = shallow_text(bytes) else { return false };
    let mut reader = serde_json::Deserializer::from_str(text);
    // The levels are counted already.
    reader.disable_recursion_limit();
    serde::de::IgnoredAny::deserialize(&mut reader).is_ok() && reader.end().is_ok()
}

/// The text that these bytes are, where no parser that recurses runs out of stack on it.
fn shallow_text(bytes: &[u8]) -> Option<&str> {
    // The parser takes text for granted, so bytes that are none must not reach it.
    let text = std::str::from_utf8(bytes).ok()?;
    // Every level takes an opening bracket, so most records need no look at all.
    let may_be_deep = bytes.len() as u64 > DEEPEST
        && memchr::memchr2_iter(b'[', b'{', bytes).nth(DEEPEST as usize).is_some();
    if may_be_deep {
        let mut ends = ValueEnds::default();
        ends.last_end(bytes);
        if ends.deepest > DEEPEST {
            return None;
        }
    }
    Some(text)
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A build without the engine judges records as the engine does.
        #[test]
        fn both_readers_agree(text in r#"([\[\]{},:"\\ux0-9a-f. -]|true|null|1e5|\\u[0-9a-d]{4}|\PC){0,12}"#) {
            prop_assert_eq!(lazy_json(text.as_bytes()).is_some(), is_json_by_serde(text.as_bytes()), "{}", text);
        }
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        let text = br#"{"a":"}\"}"} {"b":[1]} {"c"#;
        assert_eq!(ValueEnds::default().last_end(text), Some(22));
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_end_the_program() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(lazy_json(nested(512).as_bytes()).is_some());
        assert!(lazy_json(nested(513).as_bytes()).is_none());
        assert!(is_json_by_serde(nested(512).as_bytes()));
        assert!(!is_json_by_serde(nested(513).as_bytes()));
        assert!(lazy_json("[".repeat(1_000_000).as_bytes()).is_none());
        let flat = format!("[{}0]", "[],".repeat(10_000));
        assert!(lazy_json(flat.as_bytes()).is_some());
    }

    #[test]
    fn a_scan_survives_every_cut() {
        let text = br#"{"a":"}\\\"}"}"#;
        for cut in 0..text.len() {
            let mut ends = ValueEnds::default();
            assert_eq!(ends.last_end(&text[..cut]), None);
            assert_eq!(ends.last_end(&text[cut..]), Some(text.len() - cut));
        }
    }
}
