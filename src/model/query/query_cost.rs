//! Which queries are run: those whose time and memory the size of the record bounds.
//!
//! The engine can't be stopped, so loops, definitions, clocks and what multiplies results are refused by name.

/// Functions and words that end, and that give no more than a few times what they are given.
const BOUNDED: [&str; 44] = [
    "abs",
    "and",
    "ascii_downcase",
    "ascii_upcase",
    "catch",
    "ceil",
    "elif",
    "else",
    "empty",
    "end",
    "endswith",
    "error",
    "false",
    "first",
    "floor",
    "fromdate",
    "fromdateiso8601",
    "gmtime",
    "has",
    "if",
    "last",
    "length",
    "ltrimstr",
    "mktime",
    "not",
    "null",
    "or",
    "round",
    "rtrimstr",
    "select",
    "split",
    "sqrt",
    "startswith",
    "strftime",
    "strptime",
    "then",
    "todate",
    "todateiso8601",
    "tojson",
    "tonumber",
    "tostring",
    "true",
    "try",
    "type",
];

/// Most additions: each may double a text.
const MOST_ADDITIONS: usize = 4;

/// Whether a query is run.
///
/// # Errors
/// Names the first part that is not.
pub fn is_bounded(text: &str) -> Result<(), String> {
    let refuse = |what: &str| Err(format!("`{what}` in a query is not run by this version"));
    let bytes = text.as_bytes();
    let (mut open, mut additions, mut iterations, mut at) = (Vec::new(), 0, 0, 0);
    // The last byte that is no blank.
    let mut before = b' ';
    while at < bytes.len() {
        let byte = bytes[at];
        let rest = &text[at..];
        let mut step = 1;
        match byte {
            b'"' => {
                step = literal(rest).ok_or("a text with `\\(` in a query is not run by this version")?;
            }
            b'#' => return refuse("#"),
            b'$' => return refuse("$"),
            b'@' => return refuse("@"),
            b'*' => return refuse("*"),
            b'.' if rest.starts_with("..") => return refuse(".."),
            b'[' => {
                let is_index = matches!(before, b'.' | b'"' | b')' | b']' | b'?')
                    || before == b'_'
                    || before.is_ascii_alphanumeric();
                if !is_index {
                    return refuse("[");
                }
                iterations += usize::from(rest[1..].trim_start().starts_with(']'));
                open.push(byte);
            }
            b'(' | b'{' => open.push(byte),
            b')' | b']' | b'}' => drop(open.pop()),
            b',' if open.last() != Some(&b'{') => return refuse(","),
            b'+' => additions += 1,
            b'=' => {
                let compares = rest.starts_with("==") || matches!(before, b'!' | b'<' | b'>');
                if !compares {
                    return refuse("=");
                }
                step = if rest.starts_with("==") { 2 } else { 1 };
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                step = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                let word = &rest[..step];
                let is_key = open.last() == Some(&b'{') && matches!(before, b'{' | b',');
                if before != b'.' && !is_key && !BOUNDED.contains(&word) {
                    return refuse(word);
                }
            }
            _ => {}
        }
        let taken = &bytes[at..at + step];
        before = taken.iter().rev().find(|byte| !byte.is_ascii_whitespace()).copied().unwrap_or(before);
        at += step;
    }
    match (additions > MOST_ADDITIONS, iterations > 1) {
        (true, _) => {
            Err(format!("more than {MOST_ADDITIONS} additions in a query are not run by this version"))
        }
        (_, true) => Err("more than one `[]` in a query is not run by this version".to_owned()),
        _ => Ok(()),
    }
}

/// The length of the text literal that starts here; `None` where something is computed in it.
fn literal(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Some(at + 1),
            b'\\' if bytes.get(at + 1) == Some(&b'(') => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Some(bytes.len())
}
