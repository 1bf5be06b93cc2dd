//! Goes once through the text of a JSON value: whether it is well-formed, and the members of its outermost object.

/// Levels of nesting up to which text is read, as everywhere ([`super::json_values`]).
const DEEPEST: usize = 512;

/// Hands the members of the outermost object to `take`: the name as it stands between its quotation marks, and the text
/// of the value. `None` where the text is not exactly one well-formed JSON value of 512 levels at the most; `take` may
/// have had members before. Accepts what [`super::json_values::is_json`] accepts.
fn members<'j>(text: &'j str, take: &mut dyn FnMut(&'j str, &'j str)) -> Option<()> {
    let mut skimmer = Skimmer { text, bytes: text.as_bytes(), at: 0 };
    skimmer.blanks();
    match skimmer.next()? {
        b'{' => skimmer.object(1, Some(take))?,
        _ => skimmer.value(0)?,
    }
    skimmer.blanks();
    (skimmer.at == text.len()).then_some(())
}

/// Finds members of a JSON object by their names: the texts of their values, each the last one of its name. `None` where
/// the text is not exactly one well-formed JSON object.
pub fn find<'j, 'n>(
    text: &'j str,
    names: impl Iterator<Item = &'n str> + Clone,
    found: &mut [Option<&'j str>],
) -> Option<()> {
    if !text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') {
        return None;
    }
    members(text, &mut |raw, value| {
        for (name, found) in names.clone().zip(&mut *found) {
            if is_name(raw, name) {
                *found = Some(value);
            }
        }
    })
}

/// Hands the texts of the items of a JSON list to `take`. `None` where the text is not exactly one well-formed list.
pub fn items<'j>(text: &'j str, take: &mut dyn FnMut(&'j str)) -> Option<()> {
    let mut skimmer = Skimmer { text, bytes: text.as_bytes(), at: 0 };
    skimmer.blanks();
    if skimmer.next()? != b'[' {
        return None;
    }
    skimmer.array(1, Some(take))?;
    skimmer.blanks();
    (skimmer.at == text.len()).then_some(())
}

/// Whether a name that stands between quotation marks is this one.
fn is_name(raw: &str, name: &str) -> bool {
    match raw.contains('\\') {
        false => raw == name,
        true => serde_json::from_str::<String>(&format!("\"{raw}\"")).is_ok_and(|raw| raw == name),
    }
}

/// How many bytes of a string stand for themselves, up to a quotation mark, a backslash or a control character.
pub fn plain(rest: &[u8]) -> Option<usize> {
    let ends = |byte: u8| byte == b'"' || byte == b'\\' || byte < 0x20;
    let mut at = 0;
    // Eight bytes at a time, in one register.
    while let Some(block) = rest.get(at..at + 8).and_then(|block| block.first_chunk()) {
        let found = ending(u64::from_le_bytes(*block));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    rest[at..].iter().position(|&byte| ends(byte)).map(|length| at + length)
}

/// The highest bit of each byte that ends the plain part of a string. Bytes above the lowest of them may be marked without
/// reason: a subtraction borrows from them.
fn ending(block: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGHEST: u64 = ONES * 0x80;
    let below = |bytes: u64, bound: u8| bytes.wrapping_sub(ONES * u64::from(bound)) & !bytes;
    let is = |byte: u8| below(block ^ (ONES * u64::from(byte)), 1);
    (below(block, 0x20) | is(b'"') | is(b'\\')) & HIGHEST
}

/// What takes the members of an object.
type Take<'t, 'j> = &'t mut dyn FnMut(&'j str, &'j str);

struct Skimmer<'j> {
    text: &'j str,
    bytes: &'j [u8],
    at: usize,
}

impl<'j> Skimmer<'j> {
    fn next(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn is_next(&mut self, byte: u8) -> bool {
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.next() {
            self.at += 1;
        }
    }

    /// A value inside of `depth` others.
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            b'"' => self.string(),
            b'{' => self.object(depth + 1, None),
            b'[' => self.array(depth + 1, None),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize, mut take: Option<Take<'_, 'j>>) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        self.at += 1;
        self.blanks();
        if self.is_next(b'}') {
            return Some(());
        }
        loop {
            let name = self.at + 1;
            if self.next()? != b'"' {
                return None;
            }
            self.string()?;
            let name = name..self.at - 1;
            self.blanks();
            if !self.is_next(b':') {
                return None;
            }
            self.blanks();
            let value = self.at;
            self.value(depth)?;
            if let Some(take) = &mut take {
                take(self.text.get(name)?, self.text.get(value..self.at)?);
            }
            self.blanks();
            if !self.is_next(b',') {
                return self.is_next(b'}').then_some(());
            }
            self.blanks();
        }
    }

    fn array(&mut self, depth: usize, mut take: Option<&mut dyn FnMut(&'j str)>) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        self.at += 1;
        self.blanks();
        if self.is_next(b']') {
            return Some(());
        }
        loop {
            let item = self.at;
            self.value(depth)?;
            if let Some(take) = &mut take {
                take(self.text.get(item..self.at)?);
            }
            self.blanks();
            if !self.is_next(b',') {
                return self.is_next(b']').then_some(());
            }
            self.blanks();
        }
    }

    /// A string, whose first quotation mark is next.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.at += plain(&self.bytes[self.at..])?;
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => match self.bytes.get(self.at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
                    b'u' => {
                        let digits = self.bytes.get(self.at + 2..self.at + 6)?;
                        if !digits.iter().all(u8::is_ascii_hexdigit) {
                            return None;
                        }
                        self.at += 6;
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let is_next = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is_next.then_some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.next() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.is_next(b'-');
        if !self.is_next(b'0') {
            self.digits()?;
        }
        if self.is_next(b'.') {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.next() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.next() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::foundation::json_values::is_json;

    fn found(text: &str) -> Option<Vec<(&str, &str)>> {
        let mut found = Vec::new();
        members(text, &mut |name, value| found.push((name, value)))?;
        Some(found)
    }

    #[test]
    fn members_are_told_apart() {
        let object = r#" {"a" : 1 ,"b\"\u0041":{"x":[1,"}"]}, "a":"\\", "":[],"n":-1.5e3} "#;
        let wanted =
            [("a", "1"), (r#"b\"\u0041"#, r#"{"x":[1,"}"]}"#), ("a", r#""\\""#), ("", "[]"), ("n", "-1.5e3")];
        assert_eq!(found(object).as_deref(), Some(&wanted[..]));
        assert_eq!(found("[{\"a\":1}]"), Some(vec![]));
        assert_eq!(found("7"), Some(vec![]));
        for text in ["", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a", "{} {}", "[1,]", "{,}"] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn members_are_found_by_name() {
        let by_names = |text| {
            let mut found = [None; 2];
            find(text, ["a", "b\"A"].into_iter(), &mut found).map(|()| found)
        };
        let object = r#" {"a" : 1 ,"b\"\u0041":[ 2 ],"c":3,"\u0061":"x"}"#;
        assert_eq!(by_names(object), Some([Some(r#""x""#), Some("[ 2 ]")]));
        assert_eq!(by_names("{}"), Some([None, None]));
        for text in ["", "[1]", "null", "\"a\"", "{\"a\":1", "{\"a\":1}{}"] {
            assert_eq!(by_names(text), None, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(found(&nested(512)).is_some());
        assert!(found(&nested(513)).is_none());
        let object = |levels: usize| "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels);
        assert!(found(&object(512)).is_some());
        assert!(found(&object(513)).is_none());
        assert!(found(&"[".repeat(1_000_000)).is_none());
    }

    #[test]
    fn plain_parts_of_strings_end_where_each_byte_says() {
        let one_by_one = |rest: &[u8]| rest.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
        proptest!(|(mut rest: Vec<u8>, ordinary in 0_usize..40)| {
            rest.splice(0..0, b"ordinary text, with bytes around those that end it: !#[]".iter().copied().take(ordinary));
            prop_assert_eq!(plain(&rest), one_by_one(&rest));
        });
        // Bytes right above what ends a string, behind and before it.
        for end in [0x1f, b'"', b'\\'] {
            for near in [0x20, 0x21, 0x23, 0x5b, 0x5d, 0x80, 0xa2, 0xdc, 0xff] {
                for at in 0..16 {
                    let mut text = vec![near; 16];
                    text[at] = end;
                    assert_eq!(plain(&text), Some(at), "{end} at {at} among {near}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// One way of reading takes what the other takes.
        #[test]
        fn agrees_with_the_reader_of_values(text in r#"([\[\]{},:"\\ux0-9a-f. -]|true|null|1e5|\\u[0-9a-d]{4}|\PC|\{"a":|\[1,){0,12}"#) {
            prop_assert_eq!(found(&text).is_some(), is_json(text.as_bytes()), "{}", text);
        }
    }
}
