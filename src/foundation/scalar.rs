//! Where a character of a decoded scalar stands in the source: quotes, escapes, folding and indentation undone.

use super::span::Span;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`, with escapes.
    DoubleQuoted,
    /// A `|` block.
    Literal,
    /// A `>` block.
    Folded,
}

/// The source span of the bytes `range` of the decoded text of the scalar at `scalar`. `None` if the text can't be
/// aligned with the source, which would be a mistake of ours; callers fall back to the whole scalar.
pub fn locate(source: &str, scalar: Span, style: Style, range: std::ops::Range<usize>) -> Option<Span> {
    let raw = source.get(scalar.range())?;
    let mut walk = Walk::new(source, scalar, style, raw);
    let mut start = None;
    let mut last_end = walk.at;
    loop {
        let decoded = walk.decoded;
        if decoded >= range.start && start.is_none() {
            walk.skip_to_next(style);
            start = Some(walk.at);
        }
        if decoded >= range.end {
            let start = start?;
            let end = if range.is_empty() { start } else { last_end };
            return Some(Span::new(scalar.start as usize + start, scalar.start as usize + end.max(start)));
        }
        if !walk.step(style) {
            let start = start.unwrap_or(walk.at);
            return Some(Span::new(
                scalar.start as usize + start,
                scalar.start as usize + last_end.max(start),
            ));
        }
        last_end = walk.at;
    }
}

/// A walk over the raw text that counts the decoded bytes it has produced.
struct Walk<'a> {
    raw: &'a str,
    /// Offset in `raw`.
    at: usize,
    /// Decoded bytes so far.
    decoded: usize,
    /// Spaces of indentation to drop after a line break in a block scalar.
    indent: usize,
    /// One past the last raw byte that can hold content.
    end: usize,
}

impl<'a> Walk<'a> {
    fn new(source: &str, scalar: Span, style: Style, raw: &'a str) -> Walk<'a> {
        let line_start = source[..scalar.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let indent = source[line_start..scalar.start as usize].chars().count();
        let quoted = matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
        let (at, end) = if quoted { (1, raw.len().saturating_sub(1)) } else { (0, raw.len()) };
        Walk { raw, at: at.min(end), decoded: 0, indent, end }
    }

    fn rest(&self) -> &'a str {
        &self.raw[self.at..self.end]
    }

    /// Moves over raw text that decodes to nothing.
    fn skip_to_next(&mut self, style: Style) {
        while style == Style::DoubleQuoted && self.rest().starts_with("\\\n") {
            self.at += 2;
            self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        }
    }

    /// Consumes the raw text of one decoded character, or one fold; `false` at the end.
    fn step(&mut self, style: Style) -> bool {
        self.skip_to_next(style);
        let rest = self.rest();
        let Some(next) = rest.chars().next() else { return false };
        match style {
            Style::SingleQuoted if rest.starts_with("''") => self.take(2, 1),
            Style::DoubleQuoted if next == '\\' => self.escape(),
            Style::Literal if next == '\n' => {
                self.take(1, 1);
                self.skip_indent();
            }
            Style::Folded if next == '\n' => self.block_fold(),
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted if self.at_flow_fold() => {
                self.flow_fold()
            }
            _ if next == '\r' => self.take(1, 0),
            _ => self.take(next.len_utf8(), next.len_utf8()),
        }
        true
    }

    fn take(&mut self, raw: usize, decoded: usize) {
        self.at += raw;
        self.decoded += decoded;
    }

    fn skip_indent(&mut self) {
        let spaces = self.rest().bytes().take(self.indent).take_while(|&byte| byte == b' ').count();
        self.at += spaces;
    }

    /// Whether white space from here on runs up to a line break (or is one).
    fn at_flow_fold(&self) -> bool {
        self.rest().trim_start_matches([' ', '\t', '\r']).starts_with('\n')
    }

    /// A line break in a flow scalar: one break is a space, each further one a line feed.
    fn flow_fold(&mut self) {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start().len();
        let breaks = rest[..space].matches('\n').count();
        self.take(space, if breaks > 1 { breaks - 1 } else { 1 });
    }

    /// A line break in a folded block: folds unless a line beside it is more indented or empty.
    fn block_fold(&mut self) {
        let mut breaks = 0;
        while self.rest().starts_with(['\n', '\r']) {
            breaks += usize::from(self.rest().starts_with('\n'));
            self.at += 1;
            self.skip_indent();
        }
        let line_is_deeper = |line: &str| line.starts_with([' ', '\t']);
        let before = &self.raw[..self.at];
        let line_before = before.trim_end().rsplit('\n').next().unwrap_or("");
        let first_line = !before.trim_end().contains('\n');
        let previous_deeper = !first_line
            && line_before.len() > self.indent
            && line_is_deeper(line_before.get(self.indent..).unwrap_or(""));
        let kept = line_is_deeper(self.rest()) || previous_deeper || self.rest().is_empty();
        self.decoded += match (kept, breaks) {
            (true, breaks) => breaks,
            (false, 1) => 1,
            (false, breaks) => breaks - 1,
        };
    }

    /// An escape in double quotes; a surrogate pair is one character.
    fn escape(&mut self) {
        let rest = self.rest();
        let digits = match rest.as_bytes().get(1) {
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(b'_' | b'N') => return self.take(2, 2),
            Some(b'L' | b'P') => return self.take(2, 3),
            Some(_) => return self.take(1 + rest[1..].chars().next().map_or(0, char::len_utf8), 1),
            None => return self.take(1, 0),
        };
        let code = |text: &str| text.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let first = code(rest).unwrap_or(0);
        if (0xD800..0xDC00).contains(&first) && rest.len() >= 12 {
            return self.take(12, 4);
        }
        let length = char::from_u32(first).map_or(1, char::len_utf8);
        self.take((2 + digits).min(rest.len()), length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(source: &'a str, raw: &str, style: Style, decoded: &str, wanted: &str) -> &'a str {
        let start = source.find(raw).expect("the scalar is in the source");
        let at = decoded.find(wanted).expect("the part is in the decoded text");
        let span = locate(source, Span::new(start, start + raw.len()), style, at..at + wanted.len())
            .expect("aligned");
        &source[span.range()]
    }

    #[test]
    fn parts_of_plain_and_quoted_scalars() {
        assert_eq!(found("a: x/yy/z", "x/yy/z", Style::Plain, "x/yy/z", "yy"), "yy");
        assert_eq!(found("a: 'it''s T'", "'it''s T'", Style::SingleQuoted, "it's T", "T"), "T");
        assert_eq!(found("a: 'it''s T'", "'it''s T'", Style::SingleQuoted, "it's T", "'"), "''");
        let escaped = r#""\u00e9\t\"T\uD83D\uDE00!""#;
        assert_eq!(found(escaped, escaped, Style::DoubleQuoted, "é\t\"T😀!", "T"), "T");
        assert_eq!(found(escaped, escaped, Style::DoubleQuoted, "é\t\"T😀!", "!"), "!");
        assert_eq!(found(escaped, escaped, Style::DoubleQuoted, "é\t\"T😀!", "😀"), r"\uD83D\uDE00");
    }

    #[test]
    fn parts_of_folded_scalars() {
        let plain = "a: one two\n   three\n\n   four";
        assert_eq!(found(plain, &plain[3..], Style::Plain, "one two three\nfour", "three"), "three");
        assert_eq!(found(plain, &plain[3..], Style::Plain, "one two three\nfour", "four"), "four");
        let block = "a: >-\n  one\n  two\n\n  three\n    deep\n  end\n";
        let raw = &block[8..];
        let decoded = "one two\nthree\n  deep\nend";
        for word in ["one", "two", "three", "deep", "end"] {
            assert_eq!(found(block, raw, Style::Folded, decoded, word), word, "{word}");
        }
    }

    #[test]
    fn parts_of_literal_blocks() {
        let block = "a: |\n  first\n    second\n\n  third\n";
        let raw = &block[7..];
        let decoded = "first\n  second\n\nthird\n";
        for word in ["first", "second", "third"] {
            assert_eq!(found(block, raw, Style::Literal, decoded, word), word);
        }
    }

    #[test]
    fn an_escaped_line_break_decodes_to_nothing() {
        let text = "a: \"one\\\n   two\"";
        assert_eq!(found(text, &text[3..], Style::DoubleQuoted, "onetwo", "two"), "two");
    }
}
