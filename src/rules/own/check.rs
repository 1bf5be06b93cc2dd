//! Own rules over a template in one world: what violates them, and what can't be told.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::demand::Verdict;
use super::instance::{Instance, unknown};
use super::path::{Ground, Selected, select};
use super::{OwnRule, words};
use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::foundation::document::{Chunk, Entry, Map, Node, Value};
use crate::foundation::span::Span;
use crate::rules::{Place, View};
use crate::template::{Resource, Template, intrinsics};

/// What the worlds of a template came to.
#[derive(Debug, Default)]
pub struct Outcome {
    found: Vec<Diagnostic>,
    undecided: BTreeMap<(String, String), Diagnostic>,
    /// Values that a rule has found something at, in any world.
    violated: BTreeSet<(String, String)>,
}

impl Outcome {
    /// The findings, and what could not be decided, one a rule and value. A value that violates a rule in one world
    /// is not undecided in another.
    pub fn finish(self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let Outcome { found, undecided, violated } = self;
        let open = undecided.into_iter().filter(|(key, _)| !violated.contains(key));
        (found, open.map(|(_, diagnostic)| diagnostic).collect())
    }
}

/// Whether a template has a resource that a rule is about.
pub fn applies(rule: &OwnRule, template: &Template) -> bool {
    template.resources.iter().any(|resource| rule.kinds.iter().any(|kind| **kind == *resource.kind))
}

/// Checks every resource of the world that exists.
pub fn check(view: &View<'_>, rules: &[&OwnRule], outcome: &mut Outcome) {
    for resource in view.template.resources.iter().filter(|resource| view.exists(resource)) {
        let resolved = OnceCell::new();
        for rule in rules.iter().filter(|rule| rule.kinds.iter().any(|kind| **kind == *resource.kind)) {
            let node = resolved.get_or_init(|| {
                let node = intrinsics::resolve(view.template, view.world, &resource.node)?;
                Some(with_properties(node, resource.id_span))
            });
            if let Some(node) = node {
                Run { view, rule, resource, outcome }.resource(node);
            }
        }
    }
}

/// A resource without `Properties` is one with none of them: a rule that asks for one still has its say.
fn with_properties(mut node: Node, id_span: Span) -> Node {
    if let Value::Map(map) = &mut node.value
        && map.get("Properties").is_none()
    {
        let empty = Node::new(id_span, Value::Map(Map::default()));
        map.entries.push(Entry { key: "Properties".into(), key_span: id_span, node: empty });
    }
    node
}

/// One rule at one resource.
struct Run<'a> {
    view: &'a View<'a>,
    rule: &'a OwnRule,
    resource: &'a Resource,
    outcome: &'a mut Outcome,
}

impl Run<'_> {
    fn resource(&mut self, node: &Node) {
        let whole = Place {
            node,
            key_span: self.resource.id_span,
            path: format!("Resources/{}", self.resource.logical_id),
            resource: &self.resource.logical_id,
        };
        let ground = Ground::resource(self.view.schemas, &self.resource.kind);
        let mut doubt = None;
        if let Some(when) = &self.rule.when {
            let instance = Instance::new(node, &when.schema, ground);
            match when.judge(&instance) {
                Verdict::Violated => return,
                Verdict::Satisfied => {}
                Verdict::Undecided => {
                    let why = instance.decisive(&when.needs(&instance)).map(|hole| hole.why.clone());
                    doubt = Some(why.unwrap_or_default());
                }
            }
        }
        let below = ground.walk(&self.rule.path).unwrap_or(Ground::Open);
        for selected in select(&whole, &self.rule.path) {
            match selected {
                Selected::Found(place) => self.value(&place, below, doubt.as_deref()),
                Selected::Unknown(place) => {
                    let why = why_unknown(place.node);
                    self.undecided(&place, place.node.span, &why);
                }
            }
        }
    }

    fn value(&mut self, place: &Place<'_>, ground: Ground<'_>, doubt: Option<&str>) {
        let demand = &self.rule.demand;
        let instance = Instance::new(place.node, &demand.schema, ground);
        match (demand.judge(&instance), doubt) {
            (Verdict::Satisfied, _) => {}
            (Verdict::Violated, None) => {
                let errors = demand.errors(&instance);
                let said: Vec<words::Said> = errors
                    .iter()
                    .flat_map(|error| words::said(place, error, demand.looked_for(&instance, error)))
                    .collect();
                self.violated(place, said);
            }
            (Verdict::Violated, Some(why)) => self.undecided(place, place.key_span, why),
            (Verdict::Undecided, _) => {
                let hole = instance.decisive(&demand.needs(&instance));
                let at = hole.map(|hole| super::path::deepest(place.node, &hole.path).span);
                let why = hole.map(|hole| hole.why.clone()).unwrap_or_default();
                self.undecided(place, at.unwrap_or(place.node.span), &why);
            }
        }
    }

    /// One finding a place, in the order of the file.
    fn violated(&mut self, place: &Place<'_>, mut said: Vec<words::Said>) {
        self.outcome.violated.insert((self.rule.id.clone(), place.path.clone()));
        if said.is_empty() {
            let text = format!("`{}` is not what the rule asks for", super::path::last_name(&place.path));
            said.push(words::Said { span: place.key_span, path: place.path.clone(), text });
        }
        let mut places: BTreeMap<Span, (String, Vec<String>)> = BTreeMap::new();
        for remark in said {
            let (_, texts) = places.entry(remark.span).or_insert_with(|| (remark.path, Vec::new()));
            if !texts.contains(&remark.text) {
                texts.push(remark.text);
            }
        }
        for (span, (path, texts)) in places {
            let message = format!("{}: {}", self.rule.message.trim_end_matches(['.', ':']), texts.join("; "));
            let help = self.rule.help.clone();
            let diagnostic = self.diagnostic(self.rule.severity, span, path, message, help);
            self.outcome.found.push(diagnostic);
        }
    }

    fn undecided(&mut self, place: &Place<'_>, span: Span, why: &str) {
        let message = format!("own rule {} could not be decided here: {why}", self.rule.id);
        let help = "give it a value (`--parameter`, `--region`, ...), or look at it yourself";
        let path = place.path.clone();
        let diagnostic = self.diagnostic(Severity::Info, span, path.clone(), message, Some(help.to_owned()));
        self.outcome.undecided.entry((self.rule.id.clone(), path)).or_insert(diagnostic);
    }

    fn diagnostic(
        &self,
        severity: Severity,
        span: Span,
        path: String,
        message: String,
        help: Option<String>,
    ) -> Diagnostic {
        Diagnostic {
            rule: Cow::Owned(self.rule.id.clone()),
            name: Cow::Owned(self.rule.name.clone()),
            severity,
            message,
            span,
            path,
            resource: Some(self.resource.logical_id.to_string()),
            help,
            service_message: None,
            related: Vec::new(),
            fix: None,
        }
    }
}

fn why_unknown(node: &Node) -> String {
    match &node.value {
        Value::Unknown(why) => unknown(why),
        Value::String(text) => text
            .chunks
            .iter()
            .find_map(|chunk| match chunk {
                Chunk::Unknown(why, _) => Some(unknown(why)),
                Chunk::Known(..) => None,
            })
            .unwrap_or_default(),
        _ => "it is evaluated on deployment".to_owned(),
    }
}
