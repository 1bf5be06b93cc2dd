//! What can be wrong with a delivery stream. One file a rule; ids carry the family, never the severity.
//!
//! A rule looks at a [`Scope`] (one stream in one world), a [`View`] (the template in one world) or the template
//! as written, and adds findings. It never computes what the model should say, and never stops at the first.

pub mod buffering;
pub mod consequences;
pub mod conversion;
pub mod cost;
pub mod declare;
pub mod destination;
pub mod enumeration;
pub mod finding;
pub mod fix;
pub mod foreign_suppressions;
pub mod iam;
pub mod origin;
pub mod own;
pub mod place;
pub mod prefix;
pub mod processing;
pub mod referent;
pub mod repair;
pub mod sameness;
pub mod scope;
pub mod secret;
pub mod security;
pub mod select;
pub mod shape;
pub mod stream;
pub mod structure;
pub mod suppress;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

pub use finding::{Finding, Findings};
pub use place::Place;
pub use scope::{Scope, View};

use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::foundation::span::{Source, Span};
use crate::template::parameters::Supplied;
use crate::template::schema::Schemas;
use crate::template::secrets::Secret;
use crate::template::{Pseudo, Template, conditions};

/// A rule: plain values, built at compile time.
#[derive(Debug)]
pub struct Rule {
    /// The stable id, such as `FH305`.
    pub id: &'static str,
    /// The kebab-case name, which reads well after "ignore".
    pub name: &'static str,
    /// How bad its findings are, unless one says otherwise.
    pub severity: Severity,
    /// The version that first had it.
    pub since: &'static str,
    /// The manual page, in Markdown.
    pub docs: &'static str,
    /// The file that declares it.
    pub file: &'static str,
    /// The check.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// The template as written, once.
    Document(fn(&Template, &mut Findings<'_>)),
    /// The template in each world.
    Template(fn(&View<'_>, &mut Findings<'_>)),
    /// Each delivery stream in each world.
    Stream(fn(&Scope<'_>, &mut Findings<'_>)),
    /// A delivery stream before and after a change; nothing that one template alone can break.
    Change(fn(&Scope<'_>, &Scope<'_>) -> Vec<Finding>),
}

impl Rule {
    /// The first line of the manual page.
    pub fn summary(&self) -> &'static str {
        self.docs.lines().next().unwrap_or("").trim()
    }
}

/// The registry: all rules, by family and id.
pub fn all() -> impl Iterator<Item = &'static Rule> + Clone {
    [
        structure::RULES,
        stream::RULES,
        buffering::RULES,
        prefix::RULES,
        processing::RULES,
        conversion::RULES,
        destination::RULES,
        iam::RULES,
        security::RULES,
        cost::RULES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// A rule by its id or name.
pub fn find(id_or_name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(id_or_name) || rule.name == id_or_name)
}

/// What a template is checked with.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    /// Which rules run.
    pub selection: select::Selection,
    /// Parameter values.
    pub supplied: Supplied,
    /// Pseudo parameter values.
    pub pseudo: Pseudo,
    /// The user's own rules.
    pub own: own::OwnRules,
    /// Whether checks of own rules that can't be decided are findings.
    pub strict_unknown: bool,
}

/// Findings of a template, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// What was found and not suppressed.
    pub findings: Vec<Diagnostic>,
    /// How many findings were suppressed.
    pub suppressed: usize,
    /// How many delivery streams the template has.
    pub streams: usize,
    /// How many checks of own rules could not be decided, and are not among the findings.
    pub undecided: usize,
}

/// Runs the selected rules over a template, in each of its worlds.
pub fn check(template: &Template, checks: &Checks) -> Checked {
    let mut found = Vec::new();
    let rules: Vec<&'static Rule> = all().filter(|rule| checks.selection.runs(rule)).collect();
    for rule in &rules {
        if let Check::Document(check) = rule.check {
            check(template, &mut Findings::new(template, rule, &mut found));
        }
    }
    let own: Vec<&own::OwnRule> = checks.own.iter().filter(|rule| checks.selection.runs_own(rule)).collect();
    let mut own_outcome = own::check::Outcome::default();
    let schemas = Schemas::new();
    let mut told = BTreeSet::new();
    for world in conditions::worlds(template, &checks.supplied, &checks.pseudo) {
        let view = View::new(template, &world, &schemas);
        let before = found.len();
        for rule in &rules {
            if let Check::Template(check) = rule.check {
                check(&view, &mut Findings::new(template, rule, &mut found));
            }
        }
        for stream in template.delivery_streams().filter(|stream| view.exists(stream)) {
            let scope = Scope::new(&view, stream);
            for rule in &rules {
                if let Check::Stream(check) = rule.check {
                    check(&scope, &mut Findings::new(template, rule, &mut found));
                }
            }
        }
        own::check::check(&view, &own, &mut own_outcome);
        tell_once(&mut found, before, &mut told);
    }
    let (violations, undecided) = own_outcome.finish();
    found.extend(violations);
    let undecided_count = if checks.strict_unknown { 0 } else { undecided.len() };
    if checks.strict_unknown {
        found.extend(undecided);
    }
    let suppressions = suppress::read(template);
    let mut seen = BTreeSet::new();
    found.retain(|finding| seen.insert((finding.span, finding.rule.clone(), finding.message.clone())));
    consequences::drop_consequences(&mut found);
    tell_loops_once(template, &mut found);
    // A placeholder that a more specific rule already refuses is told once.
    let refused: BTreeSet<_> = found
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.span)
        .collect();
    found.retain(|finding| finding.rule != "FH014" || !refused.contains(&finding.span));
    let ran = |id: &str| rules.iter().any(|rule| rule.id == id) || own.iter().any(|rule| rule.id == id);
    let by_others = foreign_suppressions::apply(template, &mut found);
    let suppressed = by_others + suppress::apply(template, &suppressions, &checks.own, ran, &mut found);
    found.sort_by(|a, b| (a.span.start, &a.rule, &a.message).cmp(&(b.span.start, &b.rule, &b.message)));
    mask_secrets(template, &mut found);
    Checked {
        findings: found,
        suppressed,
        streams: template.delivery_streams().count(),
        undecided: undecided_count,
    }
}

/// Drops findings of a world (those from `before` on) that an earlier world told at the same place, be it in the words
/// of other parameter values. Within one world a rule may say several things of one place.
fn tell_once(
    found: &mut Vec<Diagnostic>,
    before: usize,
    told: &mut BTreeSet<(Cow<'static, str>, Span, String)>,
) {
    let of_this_world = found.split_off(before);
    // Where a prefix ends depends on the world: one place in the template may have several spans.
    let key = |finding: &Diagnostic| match &*finding.rule {
        "FH316" => (finding.rule.clone(), Span::default(), finding.path.clone()),
        _ => (finding.rule.clone(), finding.span, String::new()),
    };
    let keys: Vec<_> = of_this_world.iter().map(key).collect();
    let is_new = |finding: &Diagnostic| !told.contains(&key(finding));
    found.extend(of_this_world.into_iter().filter(is_new));
    told.extend(keys);
}

/// Drops findings on a resource that a loop made where an earlier turn of the loop has told the same of the same place.
fn tell_loops_once(template: &Template, found: &mut Vec<Diagnostic>) {
    let mut turns: BTreeMap<Span, usize> = BTreeMap::new();
    template.resources.iter().for_each(|resource| *turns.entry(resource.id_span).or_default() += 1);
    if turns.values().all(|count| *count == 1) {
        return;
    }
    let mut first: BTreeMap<(Cow<'static, str>, Span), Option<String>> = BTreeMap::new();
    found.retain(|finding| {
        let resource = finding.resource.as_deref().and_then(|id| template.resource(id));
        let is_of_loop = resource.is_some_and(|one| turns.get(&one.id_span).is_some_and(|count| *count > 1));
        let key = (finding.rule.clone(), finding.span);
        !is_of_loop || *first.entry(key).or_insert_with(|| finding.resource.clone()) == finding.resource
    });
}

/// All secrets in clear of a template: those that `template::secrets` finds by the names of properties, and the telling
/// parts of URLs and options of its streams.
pub fn secrets(template: &Template) -> Vec<Secret> {
    let mut secrets = crate::template::secrets::find(template);
    for span in secret::written(template) {
        if !secrets.iter().any(|known| known.span.contains(span)) {
            let text = template.source.slice(span).trim_matches(['"', '\'']).to_owned();
            secrets.push(Secret { span, text });
        }
    }
    secrets
}

/// The template's text as it may be shown: secrets are covered, places stay what they are.
pub fn shown_source(template: &Template) -> Source {
    let shown = crate::template::secrets::mask_source(&secrets(template), &template.source.text);
    Source::new(template.source.name.clone(), shown)
}

/// Takes secrets out of all that findings say, in the one place that every finding passes.
fn mask_secrets(template: &Template, found: &mut [Diagnostic]) {
    let secrets = secrets(template);
    if secrets.is_empty() {
        return;
    }
    let mask = |text: &mut String| *text = crate::template::secrets::mask_message(&secrets, text);
    for finding in found {
        mask(&mut finding.message);
        finding.help.iter_mut().for_each(mask);
        finding.service_message.iter_mut().for_each(mask);
        finding.related.iter_mut().for_each(|label| mask(&mut label.message));
    }
}
