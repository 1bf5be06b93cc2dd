//! Finds where JSON values end that stand one after another, without reading them.

/// The state of a scan over objects and arrays; survives being cut anywhere.
#[derive(Debug, Default)]
pub(super) struct ValueEnds {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl ValueEnds {
    /// Scans on; answers with the offset just past the last outermost value that ended in `bytes`.
    pub(super) fn last_end(&mut self, bytes: &[u8]) -> Option<usize> {
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
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        self.depth = self.depth.saturating_sub(1);
                        end = if self.depth == 0 { Some(at + 1) } else { end };
                    }
                    _ => {}
                }
            }
            at += 1;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        let text = br#"{"a":"}\"}"} {"b":[1]} {"c"#;
        assert_eq!(ValueEnds::default().last_end(text), Some(22));
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
