//! Places in a source text: byte spans inside, lines and columns outside.
//!
//! Everything inside the program speaks of bytes; people and their editors speak of lines and characters.
//! The conversion happens here and nowhere else.

/// A half-open range of bytes in one source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Span {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The smallest span that covers both.
    pub fn join(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies inside.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A 1-based line and column; the column counts characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A text with a name, able to turn bytes into lines and columns.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name as the user gave it: a path, or `<stdin>`.
    pub name: String,
    /// The whole text.
    pub text: String,
    line_starts: Vec<u32>,
}

impl Source {
    /// The name of what is read from standard input.
    pub const STANDARD_INPUT: &str = "<stdin>";

    /// The name in formats for programs, in which `-` is standard input as on the command line.
    pub fn name_for_programs(&self) -> &str {
        if self.name == Source::STANDARD_INPUT { "-" } else { &self.name }
    }

    /// Indexes the line starts of `text`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let (name, text) = (name.into(), text.into());
        let mut line_starts = vec![0];
        line_starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        Source { name, text, line_starts }
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|&start| start as usize <= offset) - 1;
        let before = &self.text[self.line_starts[line] as usize..offset];
        Position { line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }

    /// The 1-based line that holds a byte offset.
    pub fn line_of(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|&start| start <= offset) as u32
    }

    /// The text of a 1-based line without its line end; `None` past the last one.
    pub fn line(&self, line: u32) -> Option<&str> {
        let index = line.checked_sub(1)? as usize;
        let start = *self.line_starts.get(index)? as usize;
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |&next| next as usize);
        Some(self.text[start..end].trim_end_matches(['\n', '\r']))
    }

    /// The text under a span.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let source = Source::new("t", "a: 1\nπρέφιξ: \"x\"\n");
        let offset = source.text.find('"').unwrap() as u32;
        assert_eq!(source.position(offset), Position { line: 2, column: 9 });
        assert_eq!(source.line(2), Some("πρέφιξ: \"x\""));
        assert_eq!(source.line_of(offset), 2);
    }

    #[test]
    fn the_end_of_the_text_has_a_position() {
        let source = Source::new("t", "ab");
        assert_eq!(source.position(99), Position { line: 1, column: 3 });
    }
}
