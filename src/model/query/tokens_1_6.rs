//! The tokens of jq 1.6.

/// Words that name no function; after a `.`, and before the `:` of a member, they are names as any other.
const KEYWORDS: [&str; 18] = [
    "def", "module", "import", "include", "if", "then", "else", "elif", "end", "reduce", "foreach", "try",
    "catch", "label", "break", "as", "and", "or",
];
/// A word that is a variable and the key of a member, and nothing else.
pub(super) const LOCATION: &str = "__loc__";
const MARKS: [&str; 34] = [
    "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", "?", "=", "<", ">",
    "|", ",", "+", "-", "*", "/", "%", ":", ";", "(", ")", "[", "]", "{", "}", ".",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'t> {
    End,
    /// A name, with `::` in it or not.
    Name(&'t str),
    Keyword(&'t str),
    /// `.name`
    Field,
    Format,
    Number,
    Quote,
    Mark(&'t str),
    Wrong,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token<'_> {
    pub(super) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark(mark)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Keyword(word)
    }
}

/// The token at a place, past blanks and comments.
pub(super) fn token(text: &str, from: usize) -> Token<'_> {
    let mut start = from;
    loop {
        let rest = &text[start..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        start += blank;
        match text[start..].strip_prefix('#') {
            Some(comment) => start += 1 + comment.find('\n').unwrap_or(comment.len()),
            None if blank == 0 => break,
            None => {}
        }
    }
    let rest = &text[start..];
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins_word = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let word = |text: &str| text.find(|c| !is_word(c)).unwrap_or(text.len());
    let (kind, length) = if rest.is_empty() {
        (Kind::End, 0)
    } else if begins_word(rest) {
        let mut length = word(rest);
        while let Some(part) = rest[length..].strip_prefix("::").filter(|part| begins_word(part)) {
            length += 2 + word(part);
        }
        let name = &rest[..length];
        (if KEYWORDS.contains(&name) { Kind::Keyword(name) } else { Kind::Name(name) }, length)
    } else if rest.starts_with('"') {
        (Kind::Quote, 1)
    } else if let Some(name) = rest.strip_prefix('.').filter(|name| begins_word(name)) {
        (Kind::Field, 1 + word(name))
    } else if let Some(name) = rest.strip_prefix('@').filter(|name| word(name) > 0) {
        (Kind::Format, 1 + word(name))
    } else if let Some(found) = number(rest) {
        found
    } else if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        (Kind::Mark(mark), mark.len())
    } else {
        (Kind::Wrong, rest.chars().next().map_or(0, char::len_utf8))
    };
    Token { kind, start, end: start + length }
}

/// Digits and points, an exponent behind them.
fn number(rest: &str) -> Option<(Kind<'_>, usize)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    if length == 0 || matches!(&rest[..length], "." | "..") {
        return None;
    }
    let mantissa = &rest[..length];
    let is_number = mantissa.matches('.').count() < 2;
    if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let count = digits(&exponent[sign..]);
        length += if count > 0 { 1 + sign + count } else { 0 };
    }
    Some((if is_number { Kind::Number } else { Kind::Wrong }, length))
}
