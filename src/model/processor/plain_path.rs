//! Reads members of a record by their names, without making values of the rest.

use crate::{foundation::json_skim, model::query::KeyText};

/// The text of the value that a path of members leads to, in JSON that is known to be well-formed. The inner `None` is
/// null, or a member that is not there; the outer one a value whose text the jq engine must make: of lists, objects and
/// most numbers, and members that are asked of something that is no object.
pub(super) fn value(json: &str, path: &[Box<str>]) -> Option<Option<KeyText>> {
    let mut raw = json.trim_matches(BLANKS);
    for name in path {
        if raw == "null" {
            return Some(None);
        }
        if !raw.starts_with('{') {
            return None;
        }
        let mut found = [None];
        json_skim::find(raw, std::iter::once(&**name), &mut found)?;
        match found {
            [Some(found)] => raw = found,
            [None] => return Some(None),
        }
    }
    let bytes = raw.as_bytes();
    let is_text = *bytes.first()? == b'"';
    let text = match bytes.first()? {
        b'n' => return Some(None),
        b't' | b'f' => raw.to_owned(),
        b'"' if !raw.contains('\\') => raw.get(1..raw.len() - 1)?.to_owned(),
        b'"' => serde_json::from_str(raw).ok()?,
        b'0' if raw.len() == 1 => raw.to_owned(),
        b'1'..=b'9' if raw.len() <= 15 && bytes.iter().all(u8::is_ascii_digit) => raw.to_owned(),
        _ => return None,
    };
    Some(Some(KeyText { text, is_text }))
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];
