//! Reads members of a record by their names, without making values of the rest.

use sonic_rs::JsonValueTrait;

/// The text of the value that a path of members leads to, in JSON that is known to be well-formed. The inner `None` is
/// null, or a member that is not there; the outer one a value whose text the jq engine must make: of lists, objects and
/// most numbers, and members that are asked of something that is no object.
pub(super) fn value(json: &str, path: &[Box<str>]) -> Option<Option<String>> {
    let mut raw = json.trim_matches(BLANKS);
    for name in path {
        if raw == "null" {
            return Some(None);
        }
        if !raw.starts_with('{') {
            return None;
        }
        match member(raw, name)? {
            Some(found) => raw = found,
            None => return Some(None),
        }
    }
    let bytes = raw.as_bytes();
    match bytes.first()? {
        b'n' => Some(None),
        b't' | b'f' => Some(Some(raw.to_owned())),
        b'"' if !raw.contains('\\') => Some(Some(raw.get(1..raw.len() - 1)?.to_owned())),
        b'"' => {
            let text: sonic_rs::LazyValue<'_> = sonic_rs::from_str(raw).ok()?;
            Some(Some(text.as_str()?.to_owned()))
        }
        b'0' if raw.len() == 1 => Some(Some(raw.to_owned())),
        b'1'..=b'9' if raw.len() <= 15 && bytes.iter().all(u8::is_ascii_digit) => Some(Some(raw.to_owned())),
        _ => None,
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// The last member of a name, as jq has it; `None` where the text is not as it should be.
fn member<'j>(object: &'j str, name: &str) -> Option<Option<&'j str>> {
    let bytes = object.as_bytes();
    let mut at = blanks(bytes, 1);
    let mut found = None;
    while *bytes.get(at)? == b'"' {
        let key = at;
        at = text_end(bytes, at)?;
        let key = object.get(key + 1..at - 1)?;
        at = blanks(bytes, at);
        if *bytes.get(at)? != b':' {
            return None;
        }
        at = blanks(bytes, at + 1);
        let start = at;
        at = value_end(bytes, at)?;
        let is_meant = match key.contains('\\') {
            false => key == name,
            true => {
                sonic_rs::from_str::<String>(object.get(start_of(object, key)?..)?.get(..key.len() + 2)?)
                    .ok()?
                    == name
            }
        };
        if is_meant {
            found = Some(object.get(start..at)?);
        }
        at = blanks(bytes, at);
        match bytes.get(at)? {
            b',' => at = blanks(bytes, at + 1),
            _ => break,
        }
    }
    (*bytes.get(at)? == b'}').then_some(found)
}

/// Where the quotation mark in front of a key stands.
fn start_of(object: &str, key: &str) -> Option<usize> {
    (key.as_ptr() as usize).checked_sub(object.as_ptr() as usize)?.checked_sub(1)
}

fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Just past the text that starts at a quotation mark.
fn text_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Just past the value that starts here.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => at = text_end(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
                at += bytes[at..].iter().position(ends)?;
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}
