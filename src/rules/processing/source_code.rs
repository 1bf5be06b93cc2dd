//! Inline Python and Node.js as this family's rules look at it: a text, and the same text with strings and comments
//! blanked. No parser: what is asked of it can be answered by words and their neighbours, and doubts stay silent.

use std::ops::Range;

/// The language of a function, with the version of its runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// `python3.N`, with N.
    Python(u32),
    /// `nodejsN.x`, with N.
    Node(u32),
}

impl Language {
    /// The language of a runtime; `None` for those without inline code.
    pub fn of_runtime(runtime: &str) -> Option<Language> {
        if let Some(version) = runtime.strip_prefix("python3.") {
            return version.parse().ok().map(Language::Python);
        }
        let version = runtime.strip_prefix("nodejs")?;
        version.split('.').next()?.parse().ok().map(Language::Node)
    }
}

/// Inline code.
pub(super) struct Code {
    /// The text, with a mark for each unknown part.
    pub text: String,
    /// The text with the insides of strings, and comments, as spaces; as long as the text, line by line.
    pub mask: String,
    /// What it is written in.
    pub language: Language,
}

impl Code {
    /// Reads code.
    pub fn new(text: String, language: Language) -> Code {
        let mask = match language {
            Language::Python(_) => python_mask(&text),
            Language::Node(_) => node_mask(&text),
        };
        Code { text, mask, language }
    }

    /// Where a word stands as code.
    pub fn words<'c>(&'c self, word: &'c str) -> impl Iterator<Item = Range<usize>> + 'c {
        words(&self.mask, word)
    }

    /// Whether a word stands as code.
    pub fn has_word(&self, word: &str) -> bool {
        self.words(word).next().is_some()
    }

    /// Whether a word stands anywhere, strings and comments included.
    pub fn mentions(&self, word: &str) -> bool {
        words(&self.text, word).next().is_some()
    }

    /// What follows a place in the code, spaces left out.
    pub fn after(&self, at: usize) -> &str {
        self.mask.get(at..).unwrap_or("").trim_start_matches([' ', '\t'])
    }

    /// What stands before a place in the code, spaces left out.
    pub fn before(&self, at: usize) -> &str {
        self.mask.get(..at).unwrap_or("").trim_end_matches([' ', '\t'])
    }
}

/// Whether a character may stand in a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Where a word stands in a text, not as a part of a longer name.
pub(super) fn words<'c>(text: &'c str, word: &'c str) -> impl Iterator<Item = Range<usize>> + 'c {
    let free = move |at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    };
    text.match_indices(word).map(|(at, _)| at).filter(move |at| free(*at)).map(|at| at..at + word.len())
}

/// The name that a text begins with; may be empty.
pub(super) fn leading_name(text: &str) -> &str {
    &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())]
}

/// Writes the mask of a text byte by byte; line ends stay.
struct Mask<'a> {
    bytes: &'a [u8],
    out: Vec<u8>,
}

impl<'a> Mask<'a> {
    fn new(text: &'a str) -> Mask<'a> {
        Mask { bytes: text.as_bytes(), out: Vec::with_capacity(text.len()) }
    }

    fn at(&self) -> usize {
        self.out.len()
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at()..]
    }

    fn keep(&mut self, count: usize) {
        let to = (self.at() + count).min(self.bytes.len());
        self.out.extend_from_slice(&self.bytes[self.at()..to]);
    }

    fn blank(&mut self, count: usize) {
        let to = (self.at() + count).min(self.bytes.len());
        for byte in &self.bytes[self.at()..to] {
            self.out.push(if *byte == b'\n' { b'\n' } else { b' ' });
        }
    }

    fn blank_line(&mut self) {
        let length = memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
        self.blank(length);
    }

    /// A string up to its closing quote, or for a single line, its end. Quotes are kept.
    fn string(&mut self, quote: &[u8], lines: bool) {
        self.keep(quote.len());
        while let Some(byte) = self.rest().first() {
            match byte {
                b'\\' => self.blank(2),
                b'\n' if !lines => return,
                _ if self.rest().starts_with(quote) => return self.keep(quote.len()),
                _ => self.blank(1),
            }
        }
    }

    fn done(self) -> String {
        String::from_utf8(self.out).unwrap_or_default()
    }
}

fn python_mask(text: &str) -> String {
    let mut mask = Mask::new(text);
    while let Some(byte) = mask.rest().first() {
        match byte {
            b'#' => mask.blank_line(),
            b'\'' if mask.rest().starts_with(b"'''") => mask.string(b"'''", true),
            b'"' if mask.rest().starts_with(b"\"\"\"") => mask.string(b"\"\"\"", true),
            b'\'' => mask.string(b"'", false),
            b'"' => mask.string(b"\"", false),
            _ => mask.keep(1),
        }
    }
    mask.done()
}

fn node_mask(text: &str) -> String {
    let mut mask = Mask::new(text);
    // Depths of braces inside the `${` of open template strings.
    let mut templates: Vec<usize> = Vec::new();
    while let Some(byte) = mask.rest().first() {
        match byte {
            b'/' if mask.rest().starts_with(b"//") => mask.blank_line(),
            b'/' if mask.rest().starts_with(b"/*") => {
                let end = memchr::memmem::find(mask.rest(), b"*/").map_or(mask.rest().len(), |end| end + 2);
                mask.blank(end);
            }
            b'/' if begins_regex(&mask.out) => regex(&mut mask),
            b'\'' => mask.string(b"'", false),
            b'"' => mask.string(b"\"", false),
            b'`' => {
                mask.keep(1);
                template(&mut mask, &mut templates);
            }
            b'{' => {
                templates.last_mut().into_iter().for_each(|depth| *depth += 1);
                mask.keep(1);
            }
            b'}' if templates.last() == Some(&0) => {
                templates.pop();
                mask.keep(1);
                template(&mut mask, &mut templates);
            }
            b'}' => {
                templates.last_mut().into_iter().for_each(|depth| *depth -= 1);
                mask.keep(1);
            }
            _ => mask.keep(1),
        }
    }
    mask.done()
}

/// The text of a template string up to its end, or into `${`.
fn template(mask: &mut Mask<'_>, open: &mut Vec<usize>) {
    while let Some(byte) = mask.rest().first() {
        match byte {
            b'\\' => mask.blank(2),
            b'`' => return mask.keep(1),
            b'$' if mask.rest().starts_with(b"${") => {
                mask.blank(1);
                mask.keep(1);
                return open.push(0);
            }
            _ => mask.blank(1),
        }
    }
}

/// Whether a slash after this code begins a regular expression: no value stands before it.
fn begins_regex(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let is_operator = before.last().is_none_or(|byte| b"(,=:[!&|?{};+-*%<>~^".contains(byte));
    is_operator || [&b"return"[..], b"typeof", b"case"].iter().any(|word| before.ends_with(word))
}

fn regex(mask: &mut Mask<'_>) {
    mask.keep(1);
    let mut in_class = false;
    while let Some(byte) = mask.rest().first() {
        match byte {
            b'\n' => return,
            b'\\' => mask.blank(2),
            b'/' if !in_class => return mask.keep(1),
            byte => {
                in_class = (in_class || *byte == b'[') && *byte != b']';
                mask.blank(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_strings_and_comments_are_blanked() {
        let text = "a = 'it\\'s' # import x\nb = \"\"\"\nimport pandas\n\"\"\"\nimport json\n";
        let code = Code::new(text.to_owned(), Language::Python(12));
        assert_eq!(code.mask.len(), text.len());
        assert_eq!(code.words("import").count(), 1);
        assert_eq!(code.mask.lines().count(), text.lines().count());
    }

    #[test]
    fn node_strings_templates_and_expressions_are_blanked() {
        let text = "const a = /['\"]/g; // exports.x\nconst b = `é ${f({c: `exports`})} exports`; exports.handler = 1 / 2 / 3;";
        let code = Code::new(text.to_owned(), Language::Node(22));
        assert_eq!(code.mask.len(), text.len());
        assert_eq!(code.words("exports").count(), 1);
        assert!(code.has_word("f"));
    }

    #[test]
    fn unfinished_code_is_read_to_its_end() {
        for text in ["'", "\"\"\"x", "`${`${", "/*", "x = /[", "\\", "'\\", "`\\", "é'é"] {
            for language in [Language::Python(12), Language::Node(22)] {
                assert_eq!(Code::new(text.to_owned(), language).mask.len(), text.len(), "{text}");
            }
        }
    }

    #[test]
    fn runtimes_have_languages() {
        assert_eq!(Language::of_runtime("python3.12"), Some(Language::Python(12)));
        assert_eq!(Language::of_runtime("nodejs22.x"), Some(Language::Node(22)));
        assert_eq!(Language::of_runtime("java21"), None);
    }
}
