//! A rule file: read, judged by `schemas/own-rule.json`, and every mistake of it told with line and column.

use serde_json::{Map, Value as Json};

use super::demand::{Demand, Refusal};
use super::examples::Example;
use super::path::{Ground, Part, deepest, parse};
use super::{Mistake, OwnRule, is_id};
use crate::foundation::diagnostic::Severity;
use crate::foundation::document::{Entry, Node, Value};
use crate::foundation::span::{Source, Span};
use crate::foundation::suggest::nearest;
use crate::template::read::{ReadProblem, read as read_document};
use crate::template::schema::{Schemas, ShapeError, Step, number};

/// Reads a rule file; `earlier` are the rules of the folder so far, whose ids are taken.
pub fn read(source: &Source, schemas: &Schemas, earlier: &[OwnRule]) -> Result<OwnRule, Vec<Mistake>> {
    let mut reader = Reader { source, schemas, mistakes: Vec::new() };
    let rule = reader.rule(earlier);
    match rule {
        Some(rule) if reader.mistakes.is_empty() => Ok(rule),
        _ => Err(reader.mistakes),
    }
}

struct Reader<'a> {
    source: &'a Source,
    schemas: &'a Schemas,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn mistake(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.mistakes.push(Mistake { help, ..Mistake::at(self.source, span, message) });
    }

    fn rule(&mut self, earlier: &[OwnRule]) -> Option<OwnRule> {
        let document = read_document(&self.source.text);
        for (span, problem) in &document.problems {
            if let Some(message) = problem_words(problem) {
                self.mistake(*span, message, None);
            }
        }
        if !self.mistakes.is_empty() {
            return None;
        }
        let Some(root) = document.root.filter(|root| root.as_map().is_some()) else {
            let help = "`firehose-kit schema own-rule` prints what it may hold";
            self.mistake(Span::default(), "a rule file is a mapping", Some(help.to_owned()));
            return None;
        };
        for error in self.schemas.check("own-rule", &root) {
            self.shape(&root, &error);
        }
        if !self.mistakes.is_empty() {
            return None;
        }
        let text = |key: &str| root.get(key)?.as_text().map(|text| text.into_owned());
        let id = text("id")?;
        let name = text("name").unwrap_or_else(|| id.to_lowercase());
        self.identity(&root, &id, &name, earlier);
        let applies_to = root.get("applies-to")?;
        let kinds = self.kinds(applies_to.get("type")?);
        let path = self.path(applies_to.get("path"), &kinds);
        let when = applies_to.get("when").map(|node| self.demand(node, &kinds, &[]));
        let demand = self.demand(root.get("schema")?, &kinds, path.as_deref().unwrap_or_default());
        let mut examples = self.examples(root.get("good"), true);
        examples.extend(self.examples(root.get("bad"), false));
        Some(OwnRule {
            id,
            name,
            severity: match &*text("severity")? {
                "error" => Severity::Error,
                "warning" => Severity::Warning,
                _ => Severity::Info,
            },
            message: text("message")?,
            help: text("help"),
            kinds,
            path: path?,
            when: match when {
                Some(when) => Some(when?),
                None => None,
            },
            demand: demand?,
            examples,
            file: self.source.name.clone(),
        })
    }

    /// What the schema of rule files says.
    fn shape(&mut self, root: &Node, error: &ShapeError) {
        let node = deepest(root, &error.path);
        let name = error.path.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(format!("`{key}`")),
            Step::Index(_) => None,
        });
        let name = name.unwrap_or_else(|| "the rule".to_owned());
        let property = error.property.as_deref().unwrap_or_default();
        match error.keyword.as_str() {
            "additionalProperties" => {
                let span = node.as_map().and_then(|map| map.entry(property)).map(|entry| entry.key_span);
                let help = nearest(property, error.known.iter().map(String::as_str))
                    .map(|nearest| format!("did you mean `{nearest}`?"));
                self.mistake(span.unwrap_or(node.span), format!("{name} has no member `{property}`"), help);
            }
            "required" => {
                let span = Span { end: node.span.start, ..node.span };
                self.mistake(span, format!("{name} lacks `{property}`"), Some(format!("add `{property}`")));
            }
            keyword => {
                let message = match keyword {
                    "pattern" => format!("{name} does not match `{}`", error.limit.as_str().unwrap_or("")),
                    "enum" => format!("{name} is none of {}", error.limit),
                    "type" => format!("{name} must be of type {}", error.limit),
                    _ => format!("{name} breaks `{keyword}: {}`", error.limit),
                };
                self.mistake(node.span, message, None);
            }
        }
    }

    fn identity(&mut self, root: &Node, id: &str, name: &str, earlier: &[OwnRule]) {
        let span = |key: &str| root.get(key).or(root.get("id")).map(|node| node.span).unwrap_or_default();
        if !is_id(id) {
            let help = "begin with letters of your own, such as `ORG001`";
            self.mistake(
                span("id"),
                format!("`{id}` looks like a rule of firehose-kit"),
                Some(help.to_owned()),
            );
        }
        if let Some(rule) = earlier.iter().find(|rule| rule.id == id) {
            self.mistake(span("id"), format!("the id `{id}` is taken by {}", rule.file), None);
        }
        if let Some(rule) = earlier.iter().find(|rule| rule.name == name && rule.id != id) {
            self.mistake(span("name"), format!("the name `{name}` is taken by {}", rule.file), None);
        }
        if let Some(rule) = crate::rules::all().find(|rule| rule.name == name) {
            self.mistake(span("name"), format!("the name `{name}` is that of {}", rule.id), None);
        }
    }

    fn kinds(&mut self, node: &Node) -> Vec<String> {
        let nodes: Vec<&Node> = match &node.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        let mut kinds = Vec::new();
        for node in nodes {
            let kind = node.as_text().unwrap_or_default().into_owned();
            self.kind(node.span, &kind);
            kinds.push(kind);
        }
        kinds
    }

    /// Refuses what is no type, or plainly another spelling of one that we know.
    fn kind(&mut self, span: Span, kind: &str) {
        let companions =
            self.schemas.schema("companions").and_then(|schema| schema.get("$defs")?.as_object());
        let known: Vec<&str> = companions
            .into_iter()
            .flatten()
            .map(|(kind, _)| kind.as_str())
            .chain([crate::template::DELIVERY_STREAM])
            .collect();
        let parts = kind.split("::").count();
        let is_type = parts >= 2
            && kind.split("::").all(|part| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_@".contains(&b))
            });
        let same_but_case = known.iter().any(|known| *known != kind && known.eq_ignore_ascii_case(kind));
        let firehose = kind.starts_with("AWS::KinesisFirehose::") && kind != crate::template::DELIVERY_STREAM;
        if !is_type || same_but_case || firehose {
            let help = match nearest(kind, known.iter().copied()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "write it as in a template, such as `AWS::S3::Bucket`".to_owned(),
            };
            self.mistake(span, format!("`{kind}` is no resource type"), Some(help));
        }
    }

    fn path(&mut self, node: Option<&Node>, kinds: &[String]) -> Option<Vec<Part>> {
        let Some(node) = node else { return Some(Vec::new()) };
        let text = node.as_text().unwrap_or_default().into_owned();
        let Some(path) = parse(&text) else {
            let help = "write keys, list indexes from 0 or `*`: `Properties/Tags/*/Key`";
            self.mistake(node.span, format!("`{text}` is no path"), Some(help.to_owned()));
            return None;
        };
        for kind in kinds {
            if let Err(never) = Ground::resource(self.schemas, kind).walk(&path) {
                let message = format!("the path can never match in {kind}: {}", never.message);
                self.mistake(node.span, message, never.help);
                return None;
            }
        }
        Some(path)
    }

    /// A schema, compiled; its properties must be ones that the resource can have.
    fn demand(&mut self, node: &Node, kinds: &[String], path: &[Part]) -> Option<Demand> {
        let schema = self.json(node)?;
        let before = self.mistakes.len();
        for kind in kinds {
            if let Ok(ground) = Ground::resource(self.schemas, kind).walk(path) {
                let name = match path.last() {
                    Some(Part::Key(key)) => key.as_str(),
                    Some(Part::Each) => "the item",
                    None => "the resource",
                };
                self.properties(node, ground, kind, name);
            }
        }
        if self.mistakes.len() > before {
            return None;
        }
        match Demand::new(schema) {
            Ok(demand) => Some(demand),
            Err(Refusal { at, message, help }) => {
                self.mistake(deepest(node, &at).span, message, help);
                None
            }
        }
    }

    /// Names in `properties` and `required` that the block can never have: the rule would pass, or fail, always.
    fn properties(&mut self, schema: &Node, ground: Ground<'_>, kind: &str, name: &str) {
        let never = |reader: &mut Self, span: Span, never: super::path::Never| {
            let message = format!("the schema can never match in {kind}: {}", never.message);
            if !reader.mistakes.iter().any(|mistake| mistake.message == message) {
                reader.mistake(span, message, never.help);
            }
        };
        let list = |keyword: &str| schema.get(keyword).and_then(Node::as_list).unwrap_or_default();
        for key in list("required") {
            if let Err(error) = ground.key(name, &key.as_text().unwrap_or_default()) {
                never(self, key.span, error);
            }
        }
        let map = schema.get("properties").map(entries).unwrap_or_default();
        for (key, span, below) in map {
            match ground.key(name, key) {
                Ok(ground) => self.properties(below, ground, kind, key),
                Err(error) => never(self, span, error),
            }
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            list(keyword).iter().for_each(|below| self.properties(below, ground, kind, name));
        }
        for keyword in ["if", "then", "else", "not"] {
            if let Some(below) = schema.get(keyword) {
                self.properties(below, ground, kind, name);
            }
        }
        for keyword in ["items", "contains"] {
            // That a list is wanted where a single value stands is for `type` to say.
            if let (Some(below), Ok(ground)) = (schema.get(keyword), ground.each(name)) {
                self.properties(below, ground, kind, name);
            }
        }
    }

    /// A node of a rule file as JSON.
    fn json(&mut self, node: &Node) -> Option<Json> {
        Some(match &node.value {
            Value::Null | Value::Unknown(_) => Json::Null,
            Value::Bool(value, _) => Json::Bool(*value),
            Value::Number(raw) => number(raw).unwrap_or_else(|| Json::String(raw.to_string())),
            Value::String(_) => Json::String(node.as_text().unwrap_or_default().into_owned()),
            Value::List(items) => {
                Json::Array(items.iter().map(|item| self.json(item)).collect::<Option<_>>()?)
            }
            Value::Map(map) => {
                let mut object = Map::new();
                for Entry { key, node, .. } in &map.entries {
                    object.insert(key.to_string(), self.json(node)?);
                }
                Json::Object(object)
            }
            Value::Call(call) => {
                if self.source.slice(call.function_span).starts_with('!') {
                    let help = "a rule is not part of a template: write the value itself";
                    let message = format!("`!{}` has no meaning in a rule", call.function);
                    self.mistake(call.function_span, message, Some(help.to_owned()));
                    return None;
                }
                // `{Ref: ...}`, a property of that name: the reader takes it for a function.
                let (key, ..) = entries(node).first().cloned()?;
                let value = self.json(&call.argument)?;
                Json::Object(Map::from_iter([(key.to_owned(), value)]))
            }
        })
    }

    fn examples(&mut self, node: Option<&Node>, is_good: bool) -> Vec<Example> {
        let nodes: Vec<&Node> = match node.map(|node| (node, &node.value)) {
            Some((_, Value::List(items))) => items.iter().collect(),
            Some((node, _)) => vec![node],
            None => Vec::new(),
        };
        let example = |node: &&Node| {
            let start = self.source.position(node.span.start);
            let text = match &node.value {
                // Written out: its text with the indentation of its first line.
                Value::Map(_) => {
                    " ".repeat(start.column as usize - 1) + self.source.slice(node.span).trim_end() + "\n"
                }
                _ => node.as_text().unwrap_or_default().into_owned(),
            };
            let place = format!("{}:{}:{}", self.source.name, start.line, start.column);
            Example { is_good, place, text }
        };
        nodes.iter().map(example).collect()
    }
}

/// The entries of a mapping; `{Ref: ...}`, which the reader takes for a function, is one too.
fn entries(node: &Node) -> Vec<(&str, Span, &Node)> {
    match &node.value {
        Value::Map(map) => {
            map.entries.iter().map(|entry| (&*entry.key, entry.key_span, &entry.node)).collect()
        }
        Value::Call(call) => vec![(&*call.function, call.function_span, &call.argument)],
        _ => Vec::new(),
    }
}

/// What is wrong with the text; aliases are fine here.
fn problem_words(problem: &ReadProblem) -> Option<String> {
    match problem {
        ReadProblem::Syntax(words) => Some(format!("not YAML or JSON: {words}")),
        ReadProblem::DuplicateKey(key, _) => Some(format!("`{key}` stands twice")),
        ReadProblem::UnquotedExpression => Some("a value that begins with `!{` needs quotes".to_owned()),
        ReadProblem::Alias(_) => None,
        ReadProblem::MergeKey => Some("a merge key (`<<`) is not taken; write it out".to_owned()),
        ReadProblem::TooMuch(words) => Some(words.clone()),
        ReadProblem::UnknownTag(tag) => Some(format!("`{tag}` has no meaning in a rule")),
    }
}
