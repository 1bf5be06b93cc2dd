//! Which queries are run: those whose time and memory the size of the record bounds.
//!
//! The engine can't be stopped, so loops, definitions, clocks, the environment and what multiplies results are refused
//! by name.

/// Functions and words that end, and that give no more than a few times what they are given.
const BOUNDED: [&str; 79] = [
    "abs",
    "and",
    "arrays",
    "as",
    "ascii",
    "ascii_downcase",
    "ascii_upcase",
    "booleans",
    "catch",
    "ceil",
    "contains",
    "del",
    "elif",
    "else",
    "empty",
    "end",
    "endswith",
    "error",
    "explode",
    "false",
    "first",
    "flatten",
    "floor",
    "from_entries",
    "fromdate",
    "fromdateiso8601",
    "fromjson",
    "getpath",
    "gmtime",
    "has",
    "if",
    "implode",
    "in",
    "index",
    "infinite",
    "inside",
    "isnan",
    "iterables",
    "keys",
    "keys_unsorted",
    "last",
    "length",
    "ltrimstr",
    "max",
    "min",
    "mktime",
    "nan",
    "not",
    "nth",
    "null",
    "nulls",
    "numbers",
    "objects",
    "or",
    "reverse",
    "rindex",
    "round",
    "rtrimstr",
    "scalars",
    "select",
    "sort",
    "split",
    "sqrt",
    "startswith",
    "strftime",
    "strings",
    "strptime",
    "test",
    "then",
    "to_entries",
    "todate",
    "todateiso8601",
    "tonumber",
    "tostring",
    "true",
    "try",
    "type",
    "unique",
    "values",
];

/// Functions that go through all of a list.
const ITERATING: [&str; 13] = [
    "all",
    "any",
    "capture",
    "group_by",
    "map",
    "map_values",
    "match",
    "max_by",
    "min_by",
    "scan",
    "sort_by",
    "unique_by",
    "with_entries",
];

/// Functions and formats that may write a text out at twice its length, or more.
const GROWING: [&str; 10] =
    ["tojson", "@json", "@text", "@html", "@uri", "@csv", "@tsv", "@sh", "@base64", "@base64d"];

/// Most parts that may each double a text: additions of something that is not written out, texts that are computed,
/// escapes.
const MOST_DOUBLINGS: usize = 6;
/// Most alternatives (`,` outside of objects), and most where a list is gone through: each may double the results.
const MOST_ALTERNATIVES: (usize, usize) = (6, 2);

/// What a query was found to hold.
#[derive(Default)]
struct Found {
    doublings: usize,
    alternatives: usize,
    iterations: usize,
}

impl Found {
    fn judge(&self) -> Result<(), String> {
        let most = if self.iterations == 0 { MOST_ALTERNATIVES.0 } else { MOST_ALTERNATIVES.1 };
        if self.doublings > MOST_DOUBLINGS {
            return Err(format!(
                "more than {MOST_DOUBLINGS} additions, computed texts and formats in a query are not run by this version"
            ));
        }
        if self.iterations > 1 {
            return Err("more than one `[]`, `..`, `map` and the like in a query is not run by this version"
                .to_owned());
        }
        if self.alternatives > most {
            return Err(format!(
                "more than {most} alternatives (`,`) in a query like this are not run by this version"
            ));
        }
        Ok(())
    }
}

/// Whether a query is run.
///
/// # Errors
/// Names the first part that is not.
pub fn is_bounded(text: &str) -> Result<(), String> {
    let refuse = |what: &str| Err(format!("`{what}` in a query is not run by this version"));
    let bytes = text.as_bytes();
    // What is open: brackets, and `"` for something that is computed inside of a text.
    let (mut open, mut found, mut at) = (Vec::new(), Found::default(), 0);
    // The last byte that is no blank.
    let mut before = b' ';
    while at < bytes.len() {
        let byte = bytes[at];
        let rest = &text[at..];
        let mut step = 1;
        match byte {
            b'"' => step = literal(rest, &mut open, &mut found),
            b')' if open.last() == Some(&b'"') => {
                open.pop();
                step = literal(rest, &mut open, &mut found);
            }
            b'#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'$' => {
                let name = 1 + word(&rest[1..]);
                if name == 1 || ["$ENV", "$__loc__", "$__prog_args"].contains(&&rest[..name]) {
                    return refuse(&rest[..name]);
                }
                step = name;
            }
            b'@' => {
                step = 1 + word(&rest[1..]);
                if !GROWING.contains(&&rest[..step]) {
                    return refuse(&rest[..step]);
                }
                found.doublings += 1;
            }
            b'*' => return refuse("*"),
            b'.' if rest.starts_with("..") => {
                found.iterations += 1;
                step = 2;
            }
            b'[' => {
                let is_index = matches!(before, b'.' | b'"' | b')' | b']' | b'?')
                    || before == b'_'
                    || before.is_ascii_alphanumeric();
                found.iterations += usize::from(is_index && rest[1..].trim_start().starts_with(']'));
                open.push(byte);
            }
            b'(' | b'{' => open.push(byte),
            b')' | b']' | b'}' => drop(open.pop()),
            b',' if open.last() != Some(&b'{') => found.alternatives += 1,
            b'+' => found.doublings += usize::from(!is_written_out(&rest[1..])),
            b'=' => {
                let compares = rest.starts_with("==") || matches!(before, b'!' | b'<' | b'>');
                if !compares {
                    return refuse("=");
                }
                step = if rest.starts_with("==") { 2 } else { 1 };
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                step = word(rest);
                let name = &rest[..step];
                let is_key = open.last() == Some(&b'{') && matches!(before, b'{' | b',');
                if before != b'.' && !is_key {
                    let behind = rest[step..].trim_start();
                    found.iterations += usize::from(ITERATING.contains(&name));
                    found.doublings += usize::from(GROWING.contains(&name));
                    // What stands between the parts must be written out: it may be as long as the record else.
                    let joins = name == "join"
                        && behind
                            .strip_prefix('(')
                            .is_some_and(|behind| behind.trim_start().starts_with('"'));
                    if !joins
                        && !BOUNDED.contains(&name)
                        && !ITERATING.contains(&name)
                        && !GROWING.contains(&name)
                    {
                        return refuse(name);
                    }
                }
            }
            _ => {}
        }
        let taken = &bytes[at..at + step];
        before = taken.iter().rev().find(|byte| !byte.is_ascii_whitespace()).copied().unwrap_or(before);
        at += step;
    }
    found.judge()
}

/// The length of the name that starts here.
fn word(rest: &str) -> usize {
    rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// Whether the operand that starts here is a number, or a text in which nothing is computed.
fn is_written_out(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.starts_with(|c: char| c.is_ascii_digit())
        || (rest.starts_with('"') && !rest[1..].split('"').next().unwrap_or_default().contains("\\("))
}

/// The length of the text literal, or of its part, that starts with the first byte: up to its end, or to something that
/// is computed in it.
fn literal(rest: &str, open: &mut Vec<u8>, found: &mut Found) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' if bytes.get(at + 1) == Some(&b'(') => {
                open.push(b'"');
                found.doublings += 1;
                return at + 2;
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
