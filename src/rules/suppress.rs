//! Findings that the template's author has answered: ignore comments and `Metadata`.

use super::own::{OwnRules, is_id};
use super::{Finding, Findings};
use crate::foundation::diagnostic::Diagnostic;
use crate::foundation::document::Node;
use crate::foundation::span::Span;
use crate::template::Template;

/// Where a suppression holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    /// A line, from 1.
    Line(u32),
    /// A resource, by its logical id.
    Resource(String),
}

/// A suppression of one rule.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// The rule as written: an id or a name.
    word: String,
    /// Where the word stands.
    span: Span,
    path: String,
    reach: Reach,
}

/// The words that begin an ignore comment.
const MARK: &str = "firehose-kit:";

/// All suppressions of a template.
pub fn read(template: &Template) -> Vec<Suppression> {
    let mut suppressions = Vec::new();
    for comment in &template.document.comments {
        in_comment(template, comment.span, &mut suppressions);
    }
    for resource in &template.resources {
        let metadata = resource.node.get("Metadata").and_then(|node| node.get("firehose-kit")?.get("ignore"));
        for (at, item) in metadata.and_then(Node::as_list).unwrap_or_default().iter().enumerate() {
            let rule = item.get("rule").unwrap_or(item);
            if let Some(word) = rule.as_text() {
                suppressions.push(Suppression {
                    word: word.into_owned(),
                    span: rule.span,
                    path: format!("Resources/{}/Metadata/firehose-kit/ignore/{at}", resource.logical_id),
                    reach: Reach::Resource(resource.logical_id.to_string()),
                });
            }
        }
    }
    suppressions
}

/// Reads `# firehose-kit: ignore FH801, FH802 -- reason`.
fn in_comment(template: &Template, comment: Span, suppressions: &mut Vec<Suppression>) {
    let source = &template.source;
    let text = source.slice(comment);
    let Some(mark) = text.find(MARK) else { return };
    let rest = &text[mark + MARK.len()..];
    let Some(words) = rest.trim_start().strip_prefix("ignore") else { return };
    let words = words.split(" --").next().unwrap_or("");
    let line = source.line_of(comment.start);
    let before = source.line(line).unwrap_or("");
    let alone = before.trim_start().starts_with('#');
    // A comment of its own speaks of the next line that is not a comment.
    let mut reach = line;
    while alone && source.line(reach).is_some_and(|text| text.trim_start().starts_with('#')) {
        reach += 1;
    }
    let base = words.as_ptr() as usize - source.text.as_ptr() as usize;
    let mut at = 0;
    for word in words.split([',', ' ', '\t']) {
        if !word.is_empty() {
            suppressions.push(Suppression {
                word: word.to_owned(),
                span: Span::new(base + at, base + at + word.len()),
                path: String::new(),
                reach: Reach::Line(reach),
            });
        }
        at += word.len() + 1;
    }
}

/// Takes out what is suppressed; returns how many findings that were. Suppressions that suppress nothing, or name
/// no rule, become findings of FH023, unless that rule did not run.
pub fn apply(
    template: &Template,
    suppressions: &[Suppression],
    own: &OwnRules,
    ran: impl Fn(&str) -> bool,
    found: &mut Vec<Diagnostic>,
) -> usize {
    let mut used = vec![false; suppressions.len()];
    let before = found.len();
    found.retain(|finding| {
        let line = template.source.line_of(finding.span.start);
        let mut suppressed = false;
        for (at, suppression) in suppressions.iter().enumerate() {
            let names =
                suppression.word.eq_ignore_ascii_case(&finding.rule) || suppression.word == finding.name;
            let reaches = match &suppression.reach {
                Reach::Line(at) => *at == line,
                Reach::Resource(id) => finding.resource.as_ref() == Some(id),
            };
            if names && reaches {
                used[at] = true;
                suppressed = true;
            }
        }
        !suppressed
    });
    let removed = before - found.len();
    let Some(rule) = super::find("FH023").filter(|rule| ran(rule.id)) else { return removed };
    let mut findings = Findings::new(template, rule, found);
    for (suppression, used) in suppressions.iter().zip(used) {
        if let Some(finding) = judge(suppression, used, own, &ran) {
            findings.add(finding);
        }
    }
    removed
}

fn judge(
    suppression: &Suppression,
    used: bool,
    own: &OwnRules,
    ran: &impl Fn(&str) -> bool,
) -> Option<Finding> {
    let finding = |message: String| Finding::anywhere(suppression.span, &suppression.path, message);
    let ours = super::find(&suppression.word).map(|rule| rule.id);
    let Some(id) = ours.or_else(|| own.find(&suppression.word).map(|rule| rule.id.as_str())) else {
        // Of a rule of the user's own, where their folder is not given.
        if own.is_empty() && is_id(&suppression.word) {
            return None;
        }
        let known = super::all().flat_map(|rule| [rule.id, rule.name]);
        let known = known.chain(own.iter().flat_map(|rule| [rule.id.as_str(), rule.name.as_str()]));
        let nearest = crate::foundation::suggest::nearest(&suppression.word, known);
        let help = match nearest {
            Some(nearest) => format!("write `{nearest}`, or remove the suppression"),
            None => "remove it; `firehose-kit rules` lists the rules".to_owned(),
        };
        return Some(finding(format!("the suppression names no rule: `{}`", suppression.word)).help(help));
    };
    let idle = !used && ran(id) && id != "FH023";
    idle.then(|| finding(format!("{id} finds nothing here to suppress")).help("remove the suppression"))
}
