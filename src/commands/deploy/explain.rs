//! A failure as a finding: its place in the template, and the rule that knows the message.

use super::driver::Subject;
use crate::deploy::Verdict;
use crate::deploy::api::Refused;
use crate::deploy::cause::Cause;
use crate::deploy::place::{self, FoundPlace, TemplatePlace};
use crate::foundation::diagnostic::{Diagnostic, Severity};
use crate::rules::{self, Checks};
use crate::template::Template;

/// Messages that tell of what stands outside the template, or that no finding foresees, and the rule that explains them.
/// Catalogue of rules, FH7xx.
const KNOWN: [(&str, &str); 5] = [
    ("is unable to assume role", "FH701"),
    ("Access was denied when calling Glue", "FH706"),
    ("not authorized to perform: kinesis:", "FH707"),
    ("has access to the Elasticsearch domain", "FH710"),
    ("role specified in VpcConfiguration", "FH712"),
];

/// A failure as a finding, and the rule that knows it.
pub(super) struct Explained {
    /// As it can be shown.
    pub finding: Diagnostic,
    /// The rule.
    rule: Option<String>,
}

/// Adds to what a deployment came to where in the template that is.
pub(super) fn find_places(subject: &Subject, verdict: &mut Verdict) {
    let Some(template) = &subject.template else { return };
    match verdict {
        Verdict::RolledBack(failure) | Verdict::NeedsAttention(failure) => {
            let checks = subject.checks();
            for cause in failure.cause.iter_mut().chain(&mut failure.others) {
                if let Some(Explained { finding, rule }) = self::failure(template, &checks, cause) {
                    cause.place =
                        Some(FoundPlace { rule, help: finding.help.clone(), ..found(template, &finding) });
                }
            }
        }
        Verdict::Refused(refusal) => {
            for detail in &mut refusal.details {
                let place = place_of(template, detail);
                detail.place = place.map(|place| found(template, &self::refusal("", "", "", place)));
            }
        }
        _ => {}
    }
}

fn found(template: &Template, finding: &Diagnostic) -> FoundPlace {
    let at = |offset| {
        let position = template.source.position(offset);
        (position.line, position.column)
    };
    FoundPlace {
        file: template.source.name.to_string(),
        start: at(finding.span.start),
        end: at(finding.span.end),
        path: finding.path.clone(),
        ..FoundPlace::default()
    }
}

/// The place of what a validation or hook said.
pub(super) fn place_of(template: &Template, detail: &Refused) -> Option<TemplatePlace> {
    place(template, detail.path.as_deref(), detail.logical_id.as_deref(), &detail.reason)
}

/// The place that AWS tells, or, where that is no more than the resource, the one that the message leads to.
fn place(
    template: &Template,
    path: Option<&str>,
    logical_id: Option<&str>,
    message: &str,
) -> Option<TemplatePlace> {
    let told = path.and_then(|path| place::of_path(template, path));
    match (told, logical_id) {
        (Some(told), _) if told.path.contains("/Properties/") => Some(told),
        (told, Some(id)) => place::of_failure(template, id, message).or(told),
        (told, None) => told,
    }
}

/// A failure as a finding that can be shown; `None` where the resource is not in the template.
pub(super) fn failure(template: &Template, checks: &Checks, cause: &Cause) -> Option<Explained> {
    let place = place(template, cause.told_path.as_deref(), Some(&cause.logical_id), &cause.message)
        .filter(|_| cause.nested.is_none())?;
    let mut shown = refusal(&cause.logical_id, &cause.status, &cause.message, place);
    let Some(known) = known(template, checks, &cause.logical_id, &cause.message) else {
        return Some(Explained { finding: shown, rule: None });
    };
    let rule = match known {
        Known::Finding(finding) => {
            shown.span = finding.span;
            shown.path = finding.path;
            shown.related = finding.related;
            let why = format!("{} ({} {})", finding.message, finding.rule, finding.name);
            shown.help = Some(match finding.help {
                Some(help) => format!("{why}: {help}"),
                None => why,
            });
            finding.rule.to_string()
        }
        Known::Rule(rule) => {
            shown.help = Some(format!("`firehose-kit explain {rule}` says more"));
            rule.to_owned()
        }
    };
    Some(Explained { finding: shown, rule: Some(rule) })
}

/// What a validation or hook said, as a finding.
pub(super) fn refusal(logical_id: &str, status: &str, message: &str, place: TemplatePlace) -> Diagnostic {
    Diagnostic {
        rule: status.to_owned().into(),
        name: logical_id.to_owned().into(),
        severity: Severity::Error,
        message: message.to_owned(),
        span: place.span,
        path: place.path,
        resource: Some(logical_id.to_owned()),
        help: None,
        service_message: None,
        related: Vec::new(),
        fix: None,
    }
}

enum Known {
    Finding(Box<Diagnostic>),
    Rule(&'static str),
}

/// The finding that foresaw a message, or the rule that knows it.
fn known(template: &Template, checks: &Checks, logical_id: &str, message: &str) -> Option<Known> {
    let findings = rules::check(template, checks).findings;
    let of_resource = || findings.iter().filter(|finding| finding.resource.as_deref() == Some(logical_id));
    let foresaw = |finding: &&Diagnostic| {
        let told = finding.service_message.as_deref().map(|told| told.trim_end_matches('.'));
        told.is_some_and(|told| told.len() > 10 && message.contains(told))
    };
    if let Some(finding) = of_resource().find(foresaw) {
        return Some(Known::Finding(Box::new(finding.clone())));
    }
    let (_, rule) = KNOWN.iter().find(|(words, _)| message.contains(words))?;
    // The rule may have found it in the role, which is another resource.
    let found = of_resource().chain(&findings).find(|finding| finding.rule == *rule);
    Some(found.map_or(Known::Rule(rule), |finding| Known::Finding(Box::new(finding.clone()))))
}
