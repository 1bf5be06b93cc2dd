//! Text of a prefix -> pieces and errors.
//!
//! Reading never stops at a mistake: the wrong expression becomes [`Piece::Unknown`], and the rest is
//! read as if it were right. An expression ends at the first `}`; neither quotes nor nesting change that.
//! Where a hole stands inside an expression nothing is said about the expression, since the hole may
//! contain whatever makes it right, its closing brace included.

use std::ops::Range;

use super::{
    DatePattern, HOLE, Namespace, Part, Piece, Prefix, PrefixError, PrefixErrorKind,
    date_pattern::ParsedDatePattern,
};

/// A prefix as far as it could be read, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedPrefix {
    /// The pieces; wrong expressions are [`Piece::Unknown`].
    pub prefix: Prefix,
    /// All mistakes, in the order of the text.
    pub errors: Vec<PrefixError>,
}

impl ParsedPrefix {
    /// The prefix, if nothing is wrong with it.
    pub fn into_result(self) -> Result<Prefix, Vec<PrefixError>> {
        if self.errors.is_empty() { Ok(self.prefix) } else { Err(self.errors) }
    }
}

impl Prefix {
    /// Reads a prefix; [`HOLE`] stands for parts that are unknown before deployment.
    pub fn parse(text: &str) -> ParsedPrefix {
        let mut reader = Reader { text, parts: Vec::new(), errors: Vec::new() };
        let mut position = 0;
        while let Some(found) = text[position..].find("!{") {
            let opener = position + found;
            reader.literal(position..opener);
            position = reader.expression(opener);
        }
        reader.literal(position..text.len());
        ParsedPrefix { prefix: Prefix::from_parts(reader.parts), errors: reader.errors }
    }
}

struct Reader<'a> {
    text: &'a str,
    parts: Vec<Part>,
    errors: Vec<PrefixError>,
}

impl Reader<'_> {
    /// Text outside of expressions, cut at its holes.
    fn literal(&mut self, range: Range<usize>) {
        let mut start = range.start;
        for (at, hole) in self.text[range.clone()].match_indices(HOLE) {
            let at = range.start + at;
            self.literal_without_holes(start..at);
            start = at + hole.len();
            self.piece(at..start, Piece::Hole);
        }
        self.literal_without_holes(start..range.end);
    }

    fn literal_without_holes(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let text = &self.text[range.clone()];
        self.piece(range, Piece::Literal(text.into()));
    }

    /// The expression that opens at `opener`; returns where the text goes on after it.
    fn expression(&mut self, opener: usize) -> usize {
        let inside = opener + 2;
        let rest = &self.text[inside..];
        let next_opener = rest.find("!{").unwrap_or(rest.len());
        match rest[..next_opener].find('}') {
            Some(close) => {
                let close = inside + close;
                let piece = self.inside(opener, inside..close);
                self.piece(opener..close + 1, piece);
                close + 1
            }
            None => {
                let end = match rest[..next_opener].rfind(HOLE) {
                    // The closing brace can only be in the hole.
                    Some(hole) => inside + hole + HOLE.len_utf8(),
                    None => {
                        self.error(opener..inside, PrefixErrorKind::UnclosedExpression);
                        inside
                    }
                };
                let namespace = namespace_of(&self.text[inside..inside + next_opener]);
                self.piece(opener..end, Piece::Unknown(namespace));
                end
            }
        }
    }

    /// What stands between `!{` and `}`.
    fn inside(&mut self, opener: usize, range: Range<usize>) -> Piece {
        let inside = &self.text[range.clone()];
        let whole = opener..range.end + 1;
        if inside.contains(HOLE) {
            return Piece::Unknown(namespace_of(inside));
        }
        let Some((name, value)) = inside.split_once(':') else {
            self.error(whole, PrefixErrorKind::StrayOpener);
            return Piece::Unknown(None);
        };
        if name.is_empty() {
            self.error(whole, PrefixErrorKind::StrayOpener);
            return Piece::Unknown(None);
        }
        let Some(namespace) = Namespace::from_name(name) else {
            let kind = PrefixErrorKind::UnknownNamespace { found: name.into() };
            self.error(range.start..range.start + name.len(), kind);
            return Piece::Unknown(None);
        };
        let value_range = range.end - value.len()..range.end;
        match self.value(namespace, value, value_range, whole) {
            Some(piece) => piece,
            None => Piece::Unknown(Some(namespace)),
        }
    }

    /// The value of an expression of a known namespace; `None` when it is wrong.
    fn value(
        &mut self,
        namespace: Namespace,
        value: &str,
        range: Range<usize>,
        whole: Range<usize>,
    ) -> Option<Piece> {
        match namespace {
            Namespace::Timestamp if value.is_empty() => {
                self.error(whole, PrefixErrorKind::EmptyPattern);
                None
            }
            Namespace::Timestamp => {
                let ParsedDatePattern { pattern, errors } = DatePattern::parse_at(value, range.start);
                let right = errors.is_empty();
                self.errors.extend(errors);
                right.then_some(Piece::Timestamp(pattern))
            }
            Namespace::Firehose => match value {
                "error-output-type" => Some(Piece::ErrorOutputType),
                "random-string" => Some(Piece::RandomString),
                _ => {
                    // An empty word has no place of its own to point at.
                    let range = if value.is_empty() { whole } else { range };
                    self.error(range, PrefixErrorKind::UnknownFirehoseValue { found: value.into() });
                    None
                }
            },
            Namespace::PartitionKeyFromQuery | Namespace::PartitionKeyFromLambda if value.is_empty() => {
                self.error(whole, PrefixErrorKind::EmptyKey);
                None
            }
            Namespace::PartitionKeyFromQuery => Some(Piece::PartitionKeyFromQuery(value.into())),
            Namespace::PartitionKeyFromLambda => Some(Piece::PartitionKeyFromLambda(value.into())),
        }
    }

    fn piece(&mut self, range: Range<usize>, piece: Piece) {
        self.parts.push(Part { range, piece });
    }

    fn error(&mut self, range: Range<usize>, kind: PrefixErrorKind) {
        self.errors.push(PrefixError { range, kind });
    }
}

/// The namespace of an expression that is not read further.
fn namespace_of(inside: &str) -> Option<Namespace> {
    let (name, _) = inside.split_once(':')?;
    Namespace::from_name(name)
}
