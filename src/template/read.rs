//! Text to a spanned tree, with every mistake of syntax collected instead of thrown.
//!
//! YAML is read by an event parser with positions; JSON is read as the YAML that it is. Bounded: the size of the
//! text, the number of nodes that aliases may make, and the depth.

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use crate::foundation::document::{Call, Entry, Map, Node, Value};
use crate::foundation::scalar::Style;
use crate::foundation::span::Span;

mod functions;
mod repair;
mod scalars;

pub use self::functions::FUNCTIONS;
use self::functions::{long_form, split_attribute};
use self::repair::read_quoting_expressions;
use self::scalars::{plain_value, string};

/// Largest text that is read, in bytes. CloudFormation itself takes 1 MB (from S3), so this leaves room for
/// templates that are still to be packaged.
pub const LARGEST_TEXT: usize = 16 * 1024 * 1024;
/// Most nodes that a document may have once its aliases are written out.
const MOST_NODES: usize = 2_000_000;
/// Deepest nesting, aliases written out.
const DEEPEST: usize = 200;

/// What was wrong with the text itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadProblem {
    /// Not YAML or JSON: the parser's words.
    Syntax(String),
    /// A key that stands twice in one mapping; the span of the first.
    DuplicateKey(String, Span),
    /// A plain value that begins with `!{`, which YAML reads as a tag.
    UnquotedExpression,
    /// An alias (`*x`).
    Alias(String),
    /// A merge key (`<<`).
    MergeKey,
    /// A limit of ours: too large, too deep, too many nodes.
    TooMuch(String),
    /// A tag that CloudFormation does not know.
    UnknownTag(String),
}

/// A comment, for suppressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The whole comment with its `#`.
    pub span: Span,
}

/// A text that has been read as far as possible.
#[derive(Debug, Default)]
pub struct Document {
    /// The tree, as far as it could be read.
    pub root: Option<Node>,
    /// What was wrong, in the order of the file.
    pub problems: Vec<(Span, ReadProblem)>,
    /// The comments.
    pub comments: Vec<Comment>,
}

/// Reads a template's text. A tree comes out wherever one can be made.
pub fn read(text: &str) -> Document {
    if text.len() > LARGEST_TEXT {
        return refuse(format!("the text has {} bytes; {LARGEST_TEXT} are read at the most", text.len()));
    }
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        let problem = ReadProblem::Syntax("a NUL byte: this is not a text file".to_owned());
        return Document { problems: vec![(Span::new(at, at + 1), problem)], ..Document::default() };
    }
    read_quoting_expressions(text)
}

fn refuse(reason: String) -> Document {
    Document { problems: vec![(Span::default(), ReadProblem::TooMuch(reason))], ..Document::default() }
}

/// An anchored node with its depth and size, for bounded expansion.
struct Anchored {
    node: Node,
    depth: usize,
    nodes: usize,
}

struct Builder<'a> {
    text: &'a str,
    hidden: &'a [usize],
    joined: &'a [usize],
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    document: Document,
    anchors: BTreeMap<usize, Anchored>,
    nodes: usize,
    error: Option<ScanError>,
    /// The tag of the event that came last.
    tag_span: Option<Span>,
}

/// Stops the build; the reason lies in the builder.
struct Stop;

impl<'a> Builder<'a> {
    fn new(text: &'a str, hidden: &'a [usize], joined: &'a [usize]) -> Builder<'a> {
        let options = granit_parser::options! { max_buffered_comment_events: 100_000 };
        let parser = Parser::new_from_str_with_options(text, options);
        let document = Document::default();
        Builder {
            text,
            hidden,
            joined,
            parser,
            document,
            anchors: Default::default(),
            nodes: 0,
            error: None,
            tag_span: None,
        }
    }

    fn build(mut self) -> (Document, Option<ScanError>) {
        for &at in self.hidden {
            let line = self.text[at..].lines().next().unwrap_or("");
            let comment = [" #", "\t#"].iter().filter_map(|mark| line.find(mark)).min();
            let value = line[..comment.unwrap_or(line.len())].trim_end();
            let span = Span::new(at, at + value.len());
            self.document.problems.push((span, ReadProblem::UnquotedExpression));
        }
        let mut documents = 0;
        while let Ok(Some((event, span))) = self.next() {
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                Event::DocumentStart(..) => documents += 1,
                event if documents <= 1 => match self.node(event, span, 0) {
                    Ok((node, _)) => self.document.root = Some(node),
                    Err(Stop) => break,
                },
                _ => {
                    let problem = ReadProblem::Syntax("a second YAML document; a template is one".to_owned());
                    self.document.problems.push((span, problem));
                    break;
                }
            }
        }
        (self.document, self.error)
    }

    /// The next event that is not a comment.
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Stop> {
        loop {
            match self.parser.next_event() {
                None => return Ok(None),
                Some(Err(error)) => {
                    self.error = Some(error);
                    return Err(Stop);
                }
                Some(Ok((event, span))) => {
                    let range = span.byte_range().unwrap_or(0..0);
                    let tag = span.tag_span().and_then(|tag| tag.byte_range());
                    self.tag_span = tag.map(|tag| Span::new(tag.start, tag.end));
                    let span = Span::new(range.start, range.end);
                    match event {
                        Event::Comment(..) => self.document.comments.push(Comment { span }),
                        event => return Ok(Some((event, span))),
                    }
                }
            }
        }
    }

    /// Builds the node that `event` begins; returns its depth too.
    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<(Node, usize), Stop> {
        self.nodes += 1;
        if depth > DEEPEST {
            return Err(self.too_much(span, format!("nested more than {DEEPEST} levels deep")));
        }
        let (before, tag_span) = (self.nodes, self.tag_span);
        let anchor = event.anchor_id();
        let (node, tag, height) = match event {
            Event::Scalar(text, style, _, tag) => {
                let tag = tag.map(std::borrow::Cow::into_owned);
                (self.scalar(&text, style, &tag, span), tag, 0)
            }
            Event::SequenceStart(_, _, tag) => {
                let (node, height) = self.sequence(span, depth)?;
                (node, tag.map(std::borrow::Cow::into_owned), height)
            }
            Event::MappingStart(_, _, tag) => {
                let (node, height) = self.mapping(span, depth)?;
                (node, tag.map(std::borrow::Cow::into_owned), height)
            }
            Event::Alias(id) => return self.alias(id, span, depth),
            _ => (Node::new(span, Value::Null), None, 0),
        };
        let node = self.tagged(node, tag, tag_span);
        if let Some(id) = anchor {
            let nodes = self.nodes - before + 1;
            self.anchors.insert(id, Anchored { node: node.clone(), depth: height, nodes });
        }
        Ok((node, height))
    }

    fn too_much(&mut self, span: Span, reason: String) -> Stop {
        self.document.problems.push((span, ReadProblem::TooMuch(reason)));
        Stop
    }

    fn alias(&mut self, id: usize, span: Span, depth: usize) -> Result<(Node, usize), Stop> {
        let name = self.text.get(span.range()).unwrap_or("*").to_owned();
        self.document.problems.push((span, ReadProblem::Alias(name)));
        let Some(anchored) = self.anchors.get(&id) else {
            return Ok((Node::new(span, Value::Null), 0));
        };
        let (nodes, height) = (anchored.nodes, anchored.depth);
        if self.nodes + nodes > MOST_NODES {
            return Err(self.too_much(span, format!("aliases write out to more than {MOST_NODES} values")));
        }
        if depth + height > DEEPEST {
            return Err(self.too_much(span, format!("aliases nest more than {DEEPEST} levels deep")));
        }
        self.nodes += nodes;
        let node = self.anchors[&id].node.clone();
        Ok((node, height))
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: &Option<Tag>, span: Span) -> Node {
        let style = match style {
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            _ => Style::Plain,
        };
        let mut text: Box<str> = text.into();
        // Where the parser gives an empty scalar at the place of a hidden `!`, there is nothing to put back.
        if let Some(rest) = text.strip_prefix('X').filter(|_| self.hidden.contains(&(span.start as usize))) {
            text = format!("!{rest}").into();
        }
        let quoted = matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
        if quoted && self.joined.iter().any(|&at| span.range().contains(&at)) {
            text = text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").into();
        }
        let forced_string = tag.as_ref().is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        let value = match style {
            Style::Plain if tag.is_none() && !forced_string => plain_value(text, span),
            _ => string(text, span, style),
        };
        Node::new(trim_block(self.text, span, style), value)
    }

    fn sequence(&mut self, span: Span, depth: usize) -> Result<(Node, usize), Stop> {
        let (mut items, mut height, mut whole) = (Vec::new(), 0, span);
        loop {
            let Some((event, span)) = self.next()? else { return Err(Stop) };
            if matches!(event, Event::SequenceEnd) {
                whole = if self.flow(whole) { whole.join(span) } else { block_span(whole, items.last()) };
                return Ok((Node::new(whole, Value::List(items)), height + 1));
            }
            let (node, depth_below) = self.node(event, span, depth + 1)?;
            height = height.max(depth_below);
            items.push(node);
        }
    }

    fn mapping(&mut self, span: Span, depth: usize) -> Result<(Node, usize), Stop> {
        let (mut map, mut height, mut whole) = (Map::default(), 0, span);
        let mut seen: BTreeMap<Box<str>, Span> = BTreeMap::new();
        loop {
            let Some((event, span)) = self.next()? else { return Err(Stop) };
            if matches!(event, Event::MappingEnd) {
                let last = map.entries.last().map(|entry| &entry.node);
                whole = if self.flow(whole) { whole.join(span) } else { block_span(whole, last) };
                return Ok((long_form(Node::new(whole, Value::Map(map))), height + 1));
            }
            let key_span = span;
            let (key_node, _) = self.node(event, span, depth + 1)?;
            let Some((event, span)) = self.next()? else { return Err(Stop) };
            let (node, depth_below) = self.node(event, span, depth + 1)?;
            height = height.max(depth_below);
            let Some(key) = key_node.as_text().map(Box::<str>::from) else {
                let problem = ReadProblem::Syntax("a key that is not a string".to_owned());
                self.document.problems.push((key_node.span, problem));
                continue;
            };
            if let Some(first) = seen.insert(key.clone(), key_span).filter(|_| &*key != "<<") {
                let problem = ReadProblem::DuplicateKey(key.to_string(), first);
                self.document.problems.push((key_span, problem));
            }
            self.entry(&mut map, Entry { key, key_span, node });
        }
    }

    /// Adds an entry, and writes out a merge key.
    fn entry(&mut self, map: &mut Map, entry: Entry) {
        if &*entry.key == "<<" && self.text.get(entry.key_span.range()) == Some("<<") {
            self.document.problems.push((entry.key_span, ReadProblem::MergeKey));
            let sources = match entry.node.value {
                Value::List(items) => items,
                _ => vec![entry.node],
            };
            let present: BTreeSet<Box<str>> = map.entries.iter().map(|entry| entry.key.clone()).collect();
            for merged in sources.into_iter().filter_map(|node| match node.value {
                Value::Map(map) => Some(map),
                _ => None,
            }) {
                let new = merged.entries.into_iter().filter(|entry| !present.contains(&entry.key));
                map.entries.splice(0..0, new.collect::<Vec<_>>());
            }
            return;
        }
        map.entries.push(entry);
    }

    fn flow(&self, span: Span) -> bool {
        !self.text.get(span.range()).unwrap_or("").is_empty()
    }

    /// Wraps a node with a short-form function tag into the call.
    fn tagged(&mut self, node: Node, tag: Option<Tag>, tag_span: Option<Span>) -> Node {
        let Some(tag) = tag.filter(|tag| tag.handle() == "!" && !tag.suffix().is_empty()) else {
            return node;
        };
        let tag_text = format!("!{}", tag.suffix());
        let function_span = tag_span.unwrap_or(node.span);
        if !FUNCTIONS.contains(&tag.suffix()) {
            self.document.problems.push((function_span, ReadProblem::UnknownTag(tag_text)));
        }
        let mut argument = node;
        if tag.suffix() == "GetAtt" {
            argument = split_attribute(argument);
        }
        let span = function_span.join(argument.span);
        let function = tag.suffix().into();
        Node::new(span, Value::Call(Box::new(Call { function, function_span, argument })))
    }
}

/// The span of a block collection, from its first to its last content.
fn block_span(start: Span, last: Option<&Node>) -> Span {
    last.map_or(start, |last| Span { start: start.start, end: last.span.end.max(start.end) })
}

/// A block scalar's span without the white space after its last line.
fn trim_block(text: &str, span: Span, style: Style) -> Span {
    match style {
        Style::Literal | Style::Folded => {
            let raw = text.get(span.range()).unwrap_or("");
            Span::new(span.start as usize, span.start as usize + raw.trim_end().len())
        }
        _ => span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(String, ReadProblem)> {
        let document = read(text);
        document
            .problems
            .into_iter()
            .map(|(span, problem)| (text[span.range()].to_owned(), problem))
            .collect()
    }

    #[test]
    fn a_duplicate_key_is_noted_and_the_last_counts() {
        let text = "A: 1\nB: 2\nA: 3\n";
        let document = read(text);
        assert_eq!(document.root.as_ref().unwrap().get("A").unwrap().as_text().as_deref(), Some("3"));
        assert_eq!(problems(text), [("A".into(), ReadProblem::DuplicateKey("A".into(), Span::new(0, 1)))]);
    }

    #[test]
    fn an_empty_scalar_at_the_place_of_an_unquoted_expression_is_read() {
        let text = "a:\n  b:\n    - c: >-\n !{         {\"x\": .x,\n        day: (.t)}\n    - {d: e}\n";
        assert!(!problems(text).is_empty());
    }

    #[test]
    fn an_unquoted_expression_is_named_and_the_rest_is_read() {
        let text = "P: !{timestamp:yyyy/MM}/\nQ: !{a:b}x\nR: 1\n";
        assert_eq!(
            problems(text),
            [
                ("!{timestamp:yyyy/MM}/".into(), ReadProblem::UnquotedExpression),
                ("!{a:b}x".into(), ReadProblem::UnquotedExpression)
            ]
        );
        let document = read(text);
        let root = document.root.unwrap();
        assert_eq!(root.get("P").unwrap().as_text().as_deref(), Some("!{timestamp:yyyy/MM}/"));
        assert_eq!(root.get("R").unwrap().as_text().as_deref(), Some("1"));
    }

    #[test]
    fn short_and_long_forms_are_one_call() {
        for text in ["A: !GetAtt R.Arn", "A: {'Fn::GetAtt': [R, Arn]}", "A:\n  Fn::GetAtt: R.Arn\n"] {
            let root = read(text).root.unwrap();
            let Value::Call(call) = &root.get("A").unwrap().value else { panic!("{text}: no call") };
            let parts: Vec<_> =
                call.argument.as_list().unwrap().iter().map(|n| n.as_text().unwrap()).collect();
            assert_eq!((&*call.function, parts.join(" ")), ("GetAtt", "R Arn".to_owned()), "{text}");
        }
    }

    #[test]
    fn aliases_and_merge_keys_are_read_and_reported() {
        let text = "x: &d {a: 1, b: 2}\ny: {<<: *d, b: 3}\n";
        let root = read(text).root.unwrap();
        let y = root.get("y").unwrap();
        let value = |key: &str| y.get(key).unwrap().as_text().unwrap().into_owned();
        assert_eq!((value("a"), value("b")), ("1".to_owned(), "3".to_owned()));
        assert_eq!(
            problems(text),
            [("<<".into(), ReadProblem::MergeKey), ("*d".into(), ReadProblem::Alias("*d".into()))]
        );
    }

    #[test]
    fn yaml_1_1_booleans_and_numbers() {
        let root = read("a: yes\nb: 'yes'\nc: 012345678912\nd: 300\ne: 1.5\nf: 2010-09-09\n").root.unwrap();
        assert_eq!(root.get("a").unwrap().as_bool(), Some(true));
        assert_eq!(root.get("b").unwrap().as_bool(), None);
        assert!(matches!(root.get("c").unwrap().value, Value::String(_)));
        assert_eq!(root.get("d").unwrap().as_number(), Some(300.0));
        assert!(matches!(root.get("f").unwrap().value, Value::String(_)));
    }

    #[test]
    fn an_alias_bomb_ends_in_a_clear_error() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let below = format!("*a{},", level - 1).repeat(10);
            text += &format!("a{level}: &a{level} [{}]\n", below.trim_end_matches(','));
        }
        assert!(problems(&text).iter().any(|(_, problem)| matches!(problem, ReadProblem::TooMuch(_))));
    }

    #[test]
    fn deep_nesting_ends_in_a_clear_error() {
        for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "- ".repeat(100_000)] {
            let document = read(&text);
            assert!(!document.problems.is_empty());
        }
    }

    #[test]
    fn quoted_lines_that_are_not_indented_are_read_as_yaml_1_1_does() {
        let text = "P:\n  D: 'a long text\n  continued\n  twice.'\n  E: \"x\n  y\"\nR: 1\n";
        let document = read(text);
        assert_eq!(document.problems, []);
        let root = document.root.unwrap();
        let value = |key: &str| root.get("P").unwrap().get(key).unwrap().as_text().unwrap().into_owned();
        assert_eq!((value("D"), value("E")), ("a long text continued twice.".to_owned(), "x y".to_owned()));
        assert!(root.get("R").is_some());
    }

    #[test]
    fn comments_are_kept() {
        let document = read("# one\nA: 1 # two\n");
        assert_eq!(document.comments.len(), 2);
    }

    #[test]
    fn the_span_of_a_tagged_value_starts_at_the_tag() {
        let text = "A: !Sub |\n  one\n  two\nB: !If [x, {a: 1}, !Ref 'AWS::NoValue']\n";
        let root = read(text).root.unwrap();
        assert_eq!(&text[root.get("A").unwrap().span.range()], "!Sub |\n  one\n  two");
        assert_eq!(&text[root.get("B").unwrap().span.range()], "!If [x, {a: 1}, !Ref 'AWS::NoValue']");
    }
}
