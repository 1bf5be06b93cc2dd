//! The prefixes of a stream's S3 blocks, parsed once for all rules of this family.

use std::ops::Range;

use crate::foundation::diagnostic::Fix;
use crate::foundation::document::{Chunk, Origin, Text, Unknown, Value};
use crate::foundation::scalar::{self, Style};
use crate::foundation::span::Span;
use crate::model::prefix::{HOLE, Namespace, ParsedPrefix, Piece, Prefix, PrefixError, PrefixProperty};
use crate::rules::scope::S3Block;
use crate::rules::{Finding, Place, Scope};
use crate::template::Template;

/// An S3 block with its prefixes.
#[derive(Debug, Clone)]
pub struct ParsedBlock<'a> {
    /// The block.
    pub block: S3Block<'a>,
    /// `Prefix`, if it is there.
    pub prefix: Option<ParsedText<'a>>,
    /// `ErrorOutputPrefix`, if it is there.
    pub error_output_prefix: Option<ParsedText<'a>>,
}

/// The text of a prefix property.
#[derive(Debug, Clone)]
pub struct ParsedText<'a> {
    /// Which property.
    pub property: PrefixProperty,
    /// The value.
    pub place: Place<'a>,
    /// The text, with a hole for each unknown part.
    pub text: String,
    /// The pieces.
    pub prefix: Prefix,
    /// What is wrong with it.
    pub errors: Vec<PrefixError>,
}

/// The S3 blocks of a stream, parsed. Rules ask [`Scope::prefixes`] instead, which does this once.
pub fn parse<'a>(scope: &Scope<'a>) -> Vec<ParsedBlock<'a>> {
    let parsed = |block: S3Block<'a>| ParsedBlock {
        prefix: block.prefix().and_then(|place| ParsedText::new(PrefixProperty::Prefix, place)),
        error_output_prefix: block
            .error_output_prefix()
            .and_then(|place| ParsedText::new(PrefixProperty::ErrorOutputPrefix, place)),
        block,
    };
    scope.s3_blocks().into_iter().map(parsed).collect()
}

/// The blocks that may have expressions. Redshift takes none, which is FH320's to tell.
pub fn with_expressions<'s, 'a>(scope: &'s Scope<'a>) -> impl Iterator<Item = &'s ParsedBlock<'a>> {
    scope.prefixes().iter().filter(|block| !block.is_for_redshift())
}

impl<'a> ParsedBlock<'a> {
    /// Whether the block belongs to a Redshift destination, which takes neither expressions nor `ErrorOutputPrefix`.
    pub fn is_for_redshift(&self) -> bool {
        self.block.destination == "RedshiftDestinationConfiguration"
    }

    /// `Prefix` and `ErrorOutputPrefix`, as far as they are there.
    pub fn texts(&self) -> impl Iterator<Item = &ParsedText<'a>> {
        self.prefix.iter().chain(&self.error_output_prefix)
    }
}

impl<'a> ParsedText<'a> {
    /// Numbers and booleans count as text; a value that is not known, or of a wrong shape, as one hole.
    fn new(property: PrefixProperty, place: Place<'a>) -> Option<ParsedText<'a>> {
        let text = match &place.node.value {
            Value::Null => return None,
            Value::String(text) => text.masked(),
            Value::Number(raw) | Value::Bool(_, raw) => raw.to_string(),
            _ => HOLE.to_string(),
        };
        let ParsedPrefix { prefix, mut errors } = Prefix::parse(&text);
        errors.retain(|error| !is_about_an_opener(&text, &prefix, error));
        Some(ParsedText { property, place, text, prefix, errors })
    }

    /// The property's name.
    pub fn name(&self) -> &'static str {
        self.property.name()
    }

    /// A part of the text; empty where the range is none of it.
    pub fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or("")
    }

    /// The expression that holds a range, from `!{` to `}`.
    pub fn expression_at(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let holds = |part: &&crate::model::prefix::Part| {
            part.range.start <= range.start
                && range.end <= part.range.end
                && !matches!(part.piece, Piece::Literal(_) | Piece::Hole)
        };
        self.prefix.parts().iter().find(holds).map(|part| part.range.clone())
    }

    /// The first expression.
    pub fn first_expression(&self) -> Option<Range<usize>> {
        let mut parts = self.prefix.parts().iter();
        parts
            .find(|part| !matches!(part.piece, Piece::Literal(_) | Piece::Hole))
            .map(|part| part.range.clone())
    }

    /// The expressions of `partitionKeyFromQuery` and `partitionKeyFromLambda`.
    pub fn partition_keys(&self) -> impl Iterator<Item = Range<usize>> {
        let is_key = |piece: &Piece| {
            matches!(
                piece.namespace(),
                Some(Namespace::PartitionKeyFromQuery | Namespace::PartitionKeyFromLambda)
            )
        };
        self.prefix.parts().iter().filter(move |part| is_key(&part.piece)).map(|part| part.range.clone())
    }

    /// The first expression of a namespace.
    pub fn first_of(&self, namespace: Namespace) -> Option<Range<usize>> {
        let mut parts = self.prefix.parts().iter();
        parts.find(|part| part.piece.namespace() == Some(namespace)).map(|part| part.range.clone())
    }

    /// Whether a part that is not known may hold an expression: what AWS itself names can't.
    pub fn may_hold_more(&self, template: &Template) -> bool {
        let may_hold = |why: &Unknown| match why {
            Unknown::Pseudo(_) => false,
            Unknown::Resource(reference) => {
                let is_named = matches!(reference.attribute.as_deref(), None | Some("Arn"));
                let kind = template.resource(&reference.target).map_or("", |resource| &*resource.kind);
                !(is_named && kind.starts_with("AWS::") && !kind.starts_with("AWS::CloudFormation::"))
            }
            _ => true,
        };
        match &self.place.node.value {
            Value::Unknown(why) => may_hold(why),
            Value::String(text) => {
                text.chunks.iter().any(|chunk| matches!(chunk, Chunk::Unknown(why, _) if may_hold(why)))
            }
            _ => self.prefix.has_holes(),
        }
    }

    /// Whether a line break stands in the text, which is FH013's to tell.
    pub fn has_line_break(&self) -> bool {
        self.text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
    }

    /// The place of a part of the text; the whole value where it has none.
    pub fn span(&self, template: &Template, range: Range<usize>) -> Span {
        let whole = self.place.node.span;
        match self.place.text() {
            Some(text) => text.span_of(&template.source.text, range).unwrap_or(whole),
            // A number is written as it is.
            None if template.source.slice(whole) == self.text => {
                let start = whole.start as usize;
                Span::new(start + range.start, start + range.end)
            }
            None => whole,
        }
    }

    /// A finding at a part of the text.
    pub fn finding(&self, template: &Template, range: Range<usize>, message: impl Into<String>) -> Finding {
        Finding::at(&self.place, message).span(self.span(template, range))
    }

    /// The edit that puts `replacement` in the place of a part of the text, where that stands literally.
    pub fn edit(&self, template: &Template, range: Range<usize>, replacement: &str) -> Option<Fix> {
        edit(template, &self.place, range, replacement)
    }

    /// The edit that adds to the end of the text.
    pub fn append(&self, template: &Template, addition: &str) -> Option<Fix> {
        self.edit(template, self.text.len()..self.text.len(), addition)
    }
}

/// Whether an error comes from `${...}` or a wrong opener inside the expression: FH016 and FH017 speak of these.
fn is_about_an_opener(text: &str, prefix: &Prefix, error: &PrefixError) -> bool {
    let part = prefix
        .parts()
        .iter()
        .find(|part| part.range.start <= error.range.start && error.range.start < part.range.end);
    let inside = part.and_then(|part| text.get(part.range.clone())?.strip_prefix("!{")).unwrap_or("");
    let inner = inside.trim_start_matches(['$', '#', '%', '!', '{']);
    let namespace = inner.split(':').next().unwrap_or("");
    inside.contains("${") || (inner.len() < inside.len() && Namespace::from_name(namespace).is_some())
}

/// The edit that puts `replacement` in the place of a part of a text (in bytes of [`Text::masked`]), where that part
/// stands literally in one scalar and is written there letter by letter.
pub fn edit(template: &Template, place: &Place<'_>, range: Range<usize>, replacement: &str) -> Option<Fix> {
    let source = &template.source;
    let Value::String(text) = &place.node.value else {
        // A number or boolean that stands as it is.
        let (span, raw) = (place.node.span, place.node.as_text()?);
        let exact = source.slice(span) == &*raw && range.end <= raw.len();
        let start = span.start as usize;
        return exact.then(|| Fix::replace(Span::new(start + range.start, start + range.end), replacement));
    };
    let (origin, range, known) = chunk_of(text, range)?;
    let offset = origin.offset as usize;
    let at = offset + range.start..offset + range.end;
    let span = scalar::locate(&source.text, origin.scalar, origin.style, at)?;
    // Where escapes or folds stand in between, nothing is edited.
    let before = known.get(..range.start)?.chars().next_back();
    let aligned =
        before.is_none_or(|c| source.text.get(..span.start as usize).is_some_and(|text| text.ends_with(c)));
    if !aligned || source.slice(span) != known.get(range)? {
        return None;
    }
    let replacement = match origin.style {
        Style::SingleQuoted => replacement.replace('\'', "''"),
        Style::DoubleQuoted => replacement.replace('\\', "\\\\").replace('"', "\\\""),
        _ => replacement.to_owned(),
    };
    Some(Fix::replace(span, replacement))
}

/// The literal chunk that holds a range of the masked text, and the range within it.
fn chunk_of(text: &Text, range: Range<usize>) -> Option<(&Origin, Range<usize>, &str)> {
    let mut begin = 0;
    for chunk in &text.chunks {
        match chunk {
            Chunk::Unknown(..) => begin += HOLE.len_utf8(),
            Chunk::Known(known, origin) => {
                let end = begin + known.len();
                if begin <= range.start && range.end <= end {
                    return origin.literal.then_some((origin, range.start - begin..range.end - begin, known));
                }
                begin = end;
            }
        }
    }
    None
}
