//! Goes through the members of an object without reading their values.

/// Hands the members of an object to `take`: the name, and the text of the value. `None` where the text is no object
/// from its first to its last byte. Values are told apart, not checked: the text is to be well-formed JSON.
pub fn each<'j>(object: &'j str, take: &mut dyn FnMut(&str, &'j str)) -> Option<()> {
    let bytes = object.as_bytes();
    let mut at = blanks(bytes, 1);
    while *bytes.get(at)? == b'"' {
        let start = at;
        at = text_end(bytes, at)?;
        let quoted = object.get(start..at)?;
        at = blanks(bytes, at);
        if *bytes.get(at)? != b':' {
            return None;
        }
        at = blanks(bytes, at + 1);
        let start = at;
        at = value_end(bytes, at)?;
        let value = object.get(start..at)?;
        match quoted.contains('\\') {
            false => take(&quoted[1..quoted.len() - 1], value),
            true => take(&sonic_rs::from_str::<String>(quoted).ok()?, value),
        }
        at = blanks(bytes, at);
        match bytes.get(at)? {
            b',' => at = blanks(bytes, at + 1),
            _ => break,
        }
    }
    (*bytes.get(at)? == b'}').then_some(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn members(object: &str) -> Option<Vec<(String, String)>> {
        let mut members = Vec::new();
        each(object, &mut |name, value| members.push((name.to_owned(), value.to_owned())))?;
        Some(members)
    }

    #[test]
    fn members_are_told_apart() {
        let object = r#"{"a" : 1 ,"b\"\u0041":{"x":[1,"}"]}, "a":"\\", "":[],"n":-1.5e3}"#;
        let wanted =
            [("a", "1"), ("b\"A", r#"{"x":[1,"}"]}"#), ("a", r#""\\""#), ("", "[]"), ("n", "-1.5e3")];
        let wanted: Vec<_> =
            wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(members(object), Some(wanted));
        assert_eq!(members("{ }"), Some(vec![]));
        for text in ["", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a", "{\"a\":{", "[1]"] {
            assert_eq!(members(text), None, "{text}");
        }
    }
}
