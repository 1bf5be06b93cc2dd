//! The keys that a `MetadataExtractionQuery` produces: those of the jq object that it constructs.
//!
//! Tolerant, and silent rather than wrong: a query that does not end in a plain object construction
//! (`{a: .a, "b": .b.c, d, $e}`), or in a sum of them, has no answer here. Whether it is right jq is not asked.

use std::ops::Range;

/// Stands in a text for a part that is unknown before deployment.
const HOLE: char = crate::model::prefix::HOLE;

/// A key of the object that a query constructs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryKey {
    /// The key.
    pub name: String,
    /// Where it stands in the query, in bytes: without quotes, and without `$`.
    pub range: Range<usize>,
}

/// The keys of the object that `query` constructs, in its order. `None` where they can't be told: its end is no
/// plain object construction or sum of them, a key is computed (`(.a): .b`, `"x\(.y)"`), or a part of the text is not known.
pub fn query_keys(query: &str) -> Option<Vec<QueryKey>> {
    if query.contains(HOLE) {
        return None;
    }
    let mut reader = Reader { text: query, at: 0 };
    let mut keys = Vec::new();
    reader.at = reader.last_filter()?;
    loop {
        reader.blanks();
        reader.object(&mut keys)?;
        if reader.ends() {
            return Some(keys);
        }
        reader.take('+')?;
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        self.rest().starts_with(wanted).then(|| self.at += wanted.len_utf8())
    }

    /// Where the last filter of a pipe begins: what goes before makes no keys.
    fn last_filter(&mut self) -> Option<usize> {
        let (mut depth, mut start) = (0_usize, 0);
        loop {
            self.blanks();
            match self.rest().chars().next() {
                None => break,
                Some('"') => {
                    self.skip_string()?;
                    continue;
                }
                Some('(' | '[' | '{') => depth += 1,
                Some(')' | ']' | '}') => depth = depth.checked_sub(1)?,
                Some('|') if depth == 0 && !self.rest().starts_with("|=") => start = self.at + 1,
                Some(_) => {}
            }
            self.next();
        }
        Some(start)
    }

    /// One construction, with its braces.
    fn object(&mut self, keys: &mut Vec<QueryKey>) -> Option<()> {
        self.take('{')?;
        self.blanks();
        while !self.rest().starts_with('}') {
            keys.push(self.entry()?);
            self.blanks();
            match self.next()? {
                ',' => self.blanks(),
                '}' => return Some(()),
                _ => return None,
            }
        }
        self.take('}')
    }

    /// White space and comments.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.rest().starts_with('#') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// Whether nothing is left but white space and comments.
    fn ends(&mut self) -> bool {
        self.blanks();
        self.rest().is_empty()
    }

    /// `key`, `key: value`, `"key"`, `"key": value` or `$key`.
    fn entry(&mut self) -> Option<QueryKey> {
        let variable = self.take('$').is_some();
        let key = match self.rest().starts_with('"') {
            true if variable => return None,
            true => self.string()?,
            false => self.word()?,
        };
        self.blanks();
        if self.rest().starts_with(':') {
            if variable {
                return None;
            }
            self.at += 1;
            self.value()?;
        }
        Some(key)
    }

    /// A name such as `device_id`.
    fn word(&mut self) -> Option<QueryKey> {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..length)?.to_owned();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let range = self.at..self.at + length;
        self.at += length;
        Some(QueryKey { name, range })
    }

    /// A string in quotes; one with `\(...)` is computed.
    fn string(&mut self) -> Option<QueryKey> {
        self.take('"')?;
        let start = self.at;
        let mut name = String::new();
        loop {
            match self.next()? {
                '"' => return Some(QueryKey { name, range: start..self.at - 1 }),
                '\\' => match self.next()? {
                    'n' => name.push('\n'),
                    't' => name.push('\t'),
                    'r' => name.push('\r'),
                    'b' => name.push('\u{8}'),
                    'f' => name.push('\u{c}'),
                    'u' => {
                        let code = u32::from_str_radix(self.rest().get(..4)?, 16).ok()?;
                        name.push(char::from_u32(code)?);
                        self.at += 4;
                    }
                    '(' => return None,
                    other => name.push(other),
                },
                other => name.push(other),
            }
        }
    }

    /// Skips a value up to the `,` or `}` that ends it. `if`, `try`, `reduce` and the like may hold commas of their
    /// own outside of brackets, and so have no answer.
    fn value(&mut self) -> Option<()> {
        let mut open = Vec::new();
        let start = self.at;
        loop {
            self.blanks();
            let next = self.rest().chars().next()?;
            match next {
                ',' | '}' if open.is_empty() => {
                    return (!self.text.get(start..self.at)?.trim().is_empty()).then_some(());
                }
                '"' => self.skip_string()?,
                '(' | '[' | '{' => {
                    open.push(next);
                    self.at += 1;
                }
                ')' | ']' | '}' => {
                    let opener = match next {
                        ')' => '(',
                        ']' => '[',
                        _ => '{',
                    };
                    if open.pop() != Some(opener) {
                        return None;
                    }
                    self.at += 1;
                }
                c if c.is_ascii_alphabetic() || c == '_' => {
                    let member = self.text.get(..self.at)?.ends_with(['.', '$', '@']);
                    let word = self.word()?.name;
                    if open.is_empty() && !member && KEYWORDS.contains(&&*word) {
                        return None;
                    }
                }
                c => self.at += c.len_utf8(),
            }
        }
    }

    /// A string in a value, with what is interpolated in it.
    fn skip_string(&mut self) -> Option<()> {
        self.take('"')?;
        // The brackets that are open in an interpolation; none is being read at 0.
        let mut open = 0usize;
        let mut in_string = true;
        loop {
            match (self.next()?, in_string) {
                ('"', true) if open == 0 => return Some(()),
                ('"', _) => in_string = !in_string,
                ('\\', true) => match self.next()? {
                    // Strings within interpolations within strings are not read further.
                    '(' if open > 0 => return None,
                    '(' => (open, in_string) = (1, false),
                    _ => {}
                },
                ('(', false) => open += 1,
                (')', false) => {
                    open = open.saturating_sub(1);
                    in_string = open == 0;
                }
                _ => {}
            }
        }
    }
}

const KEYWORDS: [&str; 9] = ["if", "try", "reduce", "foreach", "def", "label", "import", "include", "as"];

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(query: &str) -> Option<Vec<String>> {
        let keys = query_keys(query)?;
        for key in keys.iter().filter(|key| !key.name.contains(['\n', 'é'])) {
            assert_eq!(&query[key.range.clone()], key.name);
        }
        Some(keys.into_iter().map(|key| key.name).collect())
    }

    #[test]
    fn plain_constructions() {
        for (query, expected) in [
            ("{}", vec![]),
            ("{customer_id:.customer_id,device:.type.device}", vec!["customer_id", "device"]),
            (" { a: .a , \"b-c\" : .x , d, $e, \"f\" } ", vec!["a", "b-c", "d", "e", "f"]),
            ("{year:.ts|strftime(\"%Y,}\"), b: [.x, .y] | join(\",\")}", vec!["year", "b"]),
            ("{a: {x: 1, y: 2}, b: .[0]}", vec!["a", "b"]),
            ("{a: \"x\\(.a | tostring)y,}\", b: .b}", vec!["a", "b"]),
            ("{a: \"x\\(.a[\"k,\"])y\", b: .b}", vec!["a", "b"]),
            ("{ # the tenant, first\n a: .a, # }\n b: .if }", vec!["a", "b"]),
            ("{if: .a}", vec!["if"]),
            (".detail | {b: .b}", vec!["b"]),
            (". as $r | \"x|y\" | {a: .a|.b} | {b: .b, c: \"|\"}", vec!["b", "c"]),
            ("{a: .a} + {b: .b} + {c: .c}", vec!["a", "b", "c"]),
            (".x |= 1 | {a: .a}", vec!["a"]),
            ("{a: (if .b then 1 else 2 end), b: (.c, .d)}", vec!["a", "b"]),
        ] {
            assert_eq!(
                keys(query),
                Some(expected.into_iter().map(str::to_owned).collect::<Vec<_>>()),
                "{query}"
            );
        }
        assert_eq!(keys("{\"a\\n\": 1, \"\\u00e9\": 2}"), Some(vec!["a\n".into(), "é".into()]));
    }

    #[test]
    fn everything_else_has_no_answer() {
        for query in [
            "",
            ".",
            "{a: .a} | .b",
            "{a: .a} // {b: .b}",
            "{a: .a}, {b: .b}",
            "{a: .a} + .b",
            "if .x then {a: 1} else . | {b: 2} end",
            "def f: . | {a: 1}; {b: 2} | f",
            "{(.a): .b}",
            "{\"a\\(.x)\": .b}",
            "{@base64 \"x\": 1}",
            "{$a: 1}",
            "{a: .a",
            "{a: }",
            "{a .b}",
            "{.a}",
            "{1: 2}",
            "{a: if .b then 1, 2 else 3 end}",
            "{a: .a, b: \u{FFFC}}",
            "{a: (.b]}",
            "{a: \"open}",
            "{a: \"\\(\"\\(1)\")\"}",
        ] {
            assert_eq!(keys(query), None, "{query}");
        }
    }
}
