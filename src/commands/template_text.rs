//! The text of a template: from a file or standard input, within bounds, and what is told where there is none.

use std::io::Read as _;
use std::path::Path;

use super::CommandError;
use crate::foundation::diagnostic::Diagnostic;
use crate::foundation::span::{Source, Span};
use crate::rules;
use crate::template::DELIVERY_STREAM;
use crate::template::read::LARGEST_TEXT;

/// What a path holds.
pub enum Read {
    /// The text of a template.
    Template(String),
    /// A file that claims to be a template and can't be read as text; why, and the text before that place.
    Broken(String, String),
    /// A file without a delivery stream.
    Other,
}

/// Reads a file if it counts as a template: one that contains the type's name. Standard input always counts.
pub fn read_template(path: &Path) -> Result<Read, CommandError> {
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let is_stdin = path == Path::new("-");
    if is_stdin {
        let limit = LARGEST_TEXT as u64 + 1;
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length > LARGEST_TEXT as u64 {
            return Ok(match holds_marker(file).map_err(failed)? {
                true => Read::Broken(
                    format!("the file has {length} bytes; {LARGEST_TEXT} are read at the most"),
                    String::new(),
                ),
                false => Read::Other,
            });
        }
        // One byte more tells of a file that grows, or that has no length, such as a pipe.
        file.take(LARGEST_TEXT as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(read_bytes(bytes, is_stdin))
}

/// The same of a file that was found in a folder. One that is too large is looked into only where it is called as templates
/// are, and one with a zero byte near its start is no text.
pub fn read_found(path: &Path, is_called_so: bool) -> Result<Read, CommandError> {
    const START: u64 = 8 << 10;
    let failed = |error: std::io::Error| CommandError::input(format!("{}: {error}", path.display()));
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > LARGEST_TEXT as u64 {
        return if is_called_so { read_template(path) } else { Ok(Read::Other) };
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.by_ref().take(START).read_to_end(&mut bytes).map_err(failed)?;
    let is_utf_16 = matches!(bytes.get(..2), Some([0xFF, 0xFE] | [0xFE, 0xFF]));
    if !is_utf_16 && memchr::memchr(0, &bytes).is_some() {
        return Ok(Read::Other);
    }
    file.take(LARGEST_TEXT as u64).read_to_end(&mut bytes).map_err(failed)?;
    Ok(read_bytes(bytes, false))
}

fn read_bytes(bytes: Vec<u8>, is_stdin: bool) -> Read {
    let is_template =
        |text: &String| text.contains(DELIVERY_STREAM) || (is_stdin && is_mostly_ascii(text.as_str()));
    if let Some(text) = utf_16(&bytes).filter(is_template) {
        let why =
            format!("the text is UTF-16 ({} characters); CloudFormation takes UTF-8", text.chars().count());
        return Read::Broken(why, String::new());
    }
    if !is_stdin && memchr::memmem::find(&bytes, DELIVERY_STREAM.as_bytes()).is_none() {
        return Read::Other;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Read::Template(text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let before = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            Read::Broken(format!("not valid UTF-8 at line {line}, column {column} (byte {at})"), before)
        }
    }
}

/// Whether a text reads as one: bytes that are none come to signs of all the world's scripts.
fn is_mostly_ascii(text: &str) -> bool {
    text.chars().filter(char::is_ascii).count() * 2 > text.chars().count()
}

/// A file that can't be read as text, as a finding of FH001: at the end of what could be read.
pub fn broken(name: &str, why: String, before: String) -> (Source, Option<Diagnostic>) {
    let source = Source::new(name, before);
    let finding = rules::find("FH001").map(|rule| Diagnostic {
        rule: rule.id.into(),
        name: rule.name.into(),
        severity: rule.severity,
        message: why,
        span: Span::new(source.text.len(), source.text.len()),
        path: String::new(),
        resource: None,
        help: Some("save the template as UTF-8 text of a reasonable size".to_owned()),
        service_message: None,
        related: Vec::new(),
        fix: None,
    });
    (source, finding)
}

/// The name of a template in messages.
pub fn shown_name(path: &Path) -> String {
    if path == Path::new("-") { Source::STANDARD_INPUT.to_owned() } else { path.display().to_string() }
}

/// The text of a file that says by its first two bytes that it is UTF-16, as some editors save it.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let decode: fn([u8; 2]) -> u16 = match bytes.get(..2)? {
        [0xFF, 0xFE] => u16::from_le_bytes,
        [0xFE, 0xFF] => u16::from_be_bytes,
        _ => return None,
    };
    let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| decode([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units))
}

/// Looks for the type's name in a file that is too large to be read whole.
fn holds_marker(mut file: std::fs::File) -> std::io::Result<bool> {
    let marker = DELIVERY_STREAM.as_bytes();
    let mut chunk = vec![0; 1 << 20];
    let mut kept = 0;
    loop {
        let read = file.read(&mut chunk[kept..])?;
        if read == 0 {
            return Ok(false);
        }
        let filled = kept + read;
        if memchr::memmem::find(&chunk[..filled], marker).is_some() {
            return Ok(true);
        }
        kept = filled.min(marker.len() - 1);
        chunk.copy_within(filled - kept..filled, 0);
    }
}
