//! The bytes of an object to lines, and lines to fields.

use super::copy::Format;
use super::value::{Field, Reason};

/// A line of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// From 1.
    pub number: u64,
    /// Offset of its first byte in the object.
    pub offset: usize,
    /// Its bytes without its end.
    pub bytes: &'a [u8],
}

/// The lines of an object. A line end in quotes of `CSV`, or behind a backslash with `ESCAPE`, is part of its field.
pub fn lines<'a>(object: &'a [u8], format: &Format) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let (mut start, mut at, mut is_quoted) = (0, 0, false);
    while at < object.len() {
        match format {
            Format::Csv { quote, .. } if object[at] == *quote => is_quoted = !is_quoted,
            Format::Delimited { escapes: true, .. } if object[at] == b'\\' => at += 1,
            _ if object[at] == b'\n' && !is_quoted => {
                push(&mut lines, object, start, at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    if start < object.len() {
        push(&mut lines, object, start, object.len());
    }
    lines
}

fn push<'a>(lines: &mut Vec<Line<'a>>, object: &'a [u8], start: usize, end: usize) {
    let bytes = &object[start..end];
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    lines.push(Line { number: lines.len() as u64 + 1, offset: start, bytes });
}

/// The fields of a line of text.
///
/// # Errors
/// Why the line can't be taken apart.
pub fn fields(line: &[u8], format: &Format) -> Result<Vec<Field>, Reason> {
    match format {
        Format::Csv { delimiter, quote } => csv(line, *delimiter, *quote),
        Format::Delimited { delimiter, escapes, removes_quotes } => {
            delimited(line, delimiter, *escapes, *removes_quotes)
        }
        Format::Json(_) => Ok(Vec::new()),
    }
}

fn csv(line: &[u8], delimiter: u8, quote: u8) -> Result<Vec<Field>, Reason> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        // White space outside of the quotes is left out.
        let blanks = rest.iter().take_while(|byte| **byte == b' ' && delimiter != b' ').count();
        if rest.get(blanks) != Some(&quote) {
            let end = rest.iter().position(|byte| *byte == delimiter);
            fields.push(Field::text(&rest[..end.unwrap_or(rest.len())]));
            match end {
                Some(end) => rest = &rest[end + 1..],
                None => return Ok(fields),
            }
            continue;
        }
        let (mut bytes, mut at) = (Vec::new(), blanks + 1);
        loop {
            match rest.get(at) {
                None => return Err(Reason::new(1216, "Invalid quote formatting for CSV")),
                Some(byte) if *byte == quote && rest.get(at + 1) == Some(&quote) => {
                    bytes.push(quote);
                    at += 2;
                }
                Some(byte) if *byte == quote => break,
                Some(byte) => {
                    bytes.push(*byte);
                    at += 1;
                }
            }
        }
        fields.push(Field { is_quoted: true, ..Field::text(bytes) });
        rest = &rest[at + 1..];
        let blanks = rest.iter().take_while(|byte| **byte == b' ' && delimiter != b' ').count();
        match rest.get(blanks) {
            None => return Ok(fields),
            Some(byte) if *byte == delimiter => rest = &rest[blanks + 1..],
            Some(_) => return Err(Reason::new(1216, "Invalid quote formatting for CSV")),
        }
    }
}

fn delimited(
    line: &[u8],
    delimiter: &[u8],
    escapes: bool,
    removes_quotes: bool,
) -> Result<Vec<Field>, Reason> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let quote = rest.first().copied().filter(|byte| removes_quotes && matches!(byte, b'"' | b'\''));
        let (mut bytes, mut at) = (Vec::new(), usize::from(quote.is_some()));
        loop {
            let here = rest.get(at..).unwrap_or_default();
            if here.is_empty() {
                if quote.is_some() {
                    return Err(Reason::new(1214, "Delimiter not found: a quote is not closed"));
                }
                break;
            }
            if let Some(quote) = quote {
                if here[0] == quote && (here.len() == 1 || here[1..].starts_with(delimiter)) {
                    at += 1;
                    break;
                }
            } else if here.starts_with(delimiter) {
                break;
            }
            if escapes && here[0] == b'\\' && here.len() > 1 {
                // `\N` is the null of `NULL AS` and stays.
                if here[1] == b'N' {
                    bytes.push(b'\\');
                }
                bytes.push(here[1]);
                at += 2;
            } else {
                bytes.push(here[0]);
                at += 1;
            }
        }
        fields.push(Field { is_quoted: quote.is_some(), ..Field::text(bytes) });
        match rest.get(at..).filter(|rest| rest.starts_with(delimiter)) {
            Some(_) => rest = &rest[at + delimiter.len()..],
            None => return Ok(fields),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::redshift::copy::Copy;

    fn read(text: &str, options: &str) -> Vec<Result<Vec<String>, u16>> {
        let format = Copy::parse(options).unwrap().format;
        let shown = |field: Field| String::from_utf8(field.bytes.unwrap()).unwrap();
        lines(text.as_bytes(), &format)
            .into_iter()
            .map(|line| match fields(line.bytes, &format) {
                Ok(fields) => Ok(fields.into_iter().map(shown).collect()),
                Err(reason) => Err(reason.code),
            })
            .collect()
    }

    #[test]
    fn csv_as_the_guide_says() {
        assert_eq!(
            read("a,\"b,\"\"c\"\"\"\r\n1, \"two\nlines\" ,3", "CSV"),
            [
                Ok(vec!["a".to_owned(), "b,\"c\"".to_owned()]),
                Ok(vec!["1".to_owned(), "two\nlines".to_owned(), "3".to_owned()]),
            ]
        );
        assert_eq!(read("a,\"b\"x\n", "CSV"), [Err(1216)]);
        assert_eq!(
            read("%a;b%;c", "CSV QUOTE '%' DELIMITER ';'"),
            [Ok(vec!["a;b".to_owned(), "c".to_owned()])]
        );
    }

    #[test]
    fn delimiters_may_be_escaped() {
        assert_eq!(
            read("a\\|b|c\\\nd\n\\N|", "ESCAPE"),
            [Ok(vec!["a|b".to_owned(), "c\nd".to_owned()]), Ok(vec!["\\N".to_owned(), String::new()]),]
        );
        assert_eq!(
            read("'a,b',c\n'x", "DELIMITER ',' REMOVEQUOTES"),
            [Ok(vec!["a,b".to_owned(), "c".to_owned()]), Err(1214),]
        );
    }
}
