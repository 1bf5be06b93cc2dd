//! What a function said, kept within bounds: how it begins and how it ends.

use std::fmt;

use serde::{Serialize, Serializer};

/// A text of which the middle may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The beginning; all of it where nothing is left out.
    pub head: String,
    /// Bytes that are left out between beginning and end.
    pub left_out: u64,
    /// The end; empty where nothing is left out.
    pub tail: String,
}

impl Words {
    /// A text that is there as a whole.
    pub fn new(text: impl Into<String>) -> Words {
        Words { head: text.into(), ..Words::default() }
    }

    /// Whether there is nothing but blanks.
    pub fn is_blank(&self) -> bool {
        self.left_out == 0 && self.head.trim().is_empty()
    }

    /// Whether a text stands in one of the parts.
    pub fn contains(&self, text: &str) -> bool {
        self.head.contains(text) || self.tail.contains(text)
    }

    /// The same with each part changed.
    pub fn map(&self, change: impl Fn(&str) -> String) -> Words {
        Words { head: change(&self.head), left_out: self.left_out, tail: change(&self.tail) }
    }

    /// No more than so many bytes of beginning and end, whole lines where there are some of fitting length.
    pub fn shortened(&self, first: usize, last: usize) -> Words {
        if self.left_out == 0 && self.head.len() <= first + last {
            return self.clone();
        }
        let head = beginning(&self.head, first);
        let after = if self.left_out == 0 { &self.head[head.len()..] } else { &*self.tail };
        let tail = end(after, last);
        let dropped = self.head.len() + self.tail.len() - head.len() - tail.len();
        Words { head: head.to_owned(), left_out: self.left_out + dropped as u64, tail: tail.to_owned() }
    }
}

/// How a text begins, up to the end of a line where one ends in the second half.
fn beginning(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let text = &text[..text.floor_char_boundary(most)];
    match text.rfind('\n').filter(|at| *at >= most / 2) {
        Some(at) => &text[..=at],
        None => text,
    }
}

/// How a text ends, from the beginning of a line where one begins in the first half.
fn end(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let text = &text[text.ceil_char_boundary(text.len() - most)..];
    match text.find('\n').filter(|at| *at < most / 2) {
        Some(at) => &text[at + 1..],
        None => text,
    }
}

impl fmt::Display for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.head)?;
        if self.left_out > 0 {
            let line_end = if self.head.ends_with('\n') || self.head.is_empty() { "" } else { "\n" };
            write!(formatter, "{line_end}… {} bytes left out …\n{}", self.left_out, self.tail)?;
        }
        Ok(())
    }
}

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_shown_and_what_is_between_is_counted() {
        let whole: String = (1..=100).map(|line| format!("line {line}\n")).collect();
        let words = Words::new(whole.clone());
        assert_eq!(words.shortened(10_000, 0), words);
        let short = words.shortened(20, 30);
        assert_eq!(
            (short.head.as_str(), short.tail.as_str()),
            ("line 1\nline 2\n", "line 98\nline 99\nline 100\n")
        );
        assert_eq!(short.left_out as usize, whole.len() - short.head.len() - short.tail.len());
        assert_eq!(
            short.to_string(),
            format!("line 1\nline 2\n… {} bytes left out …\nline 98\nline 99\nline 100\n", short.left_out)
        );
        // What was left out before counts as well.
        let again = short.shortened(7, 9);
        assert_eq!((again.head.as_str(), again.tail.as_str()), ("line 1\n", "line 100\n"));
        assert_eq!(again.left_out as usize, whole.len() - 16);
        // Letters of several bytes are not cut.
        let letters = Words::new("é".repeat(100)).shortened(5, 5);
        assert_eq!((letters.head.as_str(), letters.tail.as_str(), letters.left_out), ("éé", "éé", 192));
    }
}
