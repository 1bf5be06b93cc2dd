//! How rules say what they found.

use super::{Place, Rule};
use crate::foundation::diagnostic::{Diagnostic, Fix, Label, Severity};
use crate::foundation::span::Span;
use crate::template::Template;

/// A finding being made.
#[derive(Debug, Clone)]
pub struct Finding {
    span: Span,
    path: String,
    resource: Option<String>,
    message: String,
    severity: Option<Severity>,
    help: Option<String>,
    service_message: Option<String>,
    related: Vec<Label>,
    fix: Option<Fix>,
}

impl Finding {
    /// A finding anywhere in the file, outside of resources.
    pub fn anywhere(span: Span, path: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding {
            span,
            path: path.into(),
            resource: None,
            message: message.into(),
            severity: None,
            help: None,
            service_message: None,
            related: Vec::new(),
            fix: None,
        }
    }

    /// A finding at a value.
    pub fn at(place: &Place<'_>, message: impl Into<String>) -> Finding {
        let finding = Finding::anywhere(place.node.span, &place.path, message);
        Finding { resource: Some(place.resource.to_owned()), ..finding }
    }

    /// A finding at the key of a value: something is missing in it, or its name is wrong.
    pub fn key(place: &Place<'_>, message: impl Into<String>) -> Finding {
        Finding { span: place.key_span, ..Finding::at(place, message) }
    }

    /// A finding at a part of a text; the range is one of [`Text::masked`](crate::foundation::document::Text::masked).
    pub fn inside(
        template: &Template,
        place: &Place<'_>,
        range: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Finding {
        let part = place.text().and_then(|text| text.span_of(&template.source.text, range));
        Finding { span: part.unwrap_or(place.node.span), ..Finding::at(place, message) }
    }

    /// Moves the finding to a span.
    pub fn span(mut self, span: Span) -> Finding {
        self.span = span;
        self
    }

    /// The resource it belongs to.
    pub fn resource(mut self, logical_id: impl Into<String>) -> Finding {
        self.resource = Some(logical_id.into());
        self
    }

    /// Another severity than the rule's.
    pub fn severity(mut self, severity: Severity) -> Finding {
        self.severity = Some(severity);
        self
    }

    /// What to do, as an imperative.
    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = Some(help.into());
        self
    }

    /// What the service would answer.
    pub fn service(mut self, message: impl Into<String>) -> Finding {
        self.service_message = Some(message.into());
        self
    }

    /// Another place that explains it.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Finding {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// A mechanical repair.
    pub fn fix(mut self, fix: Fix) -> Finding {
        self.fix = Some(fix);
        self
    }

    /// A mechanical repair, where there is one.
    pub fn fix_if(self, fix: Option<Fix>) -> Finding {
        Finding { fix, ..self }
    }
}

/// Where the findings of one rule go.
pub struct Findings<'a> {
    template: &'a Template,
    rule: &'static Rule,
    found: &'a mut Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    /// Findings of `rule`.
    pub fn new(template: &'a Template, rule: &'static Rule, found: &'a mut Vec<Diagnostic>) -> Findings<'a> {
        Findings { template, rule, found }
    }

    /// The template that is checked.
    pub fn template(&self) -> &'a Template {
        self.template
    }

    /// The id of the rule that is running.
    pub fn rule_id(&self) -> &'static str {
        self.rule.id
    }

    /// Adds a finding.
    pub fn add(&mut self, finding: Finding) {
        self.found.push(Diagnostic {
            rule: self.rule.id.into(),
            name: self.rule.name.into(),
            severity: finding.severity.unwrap_or(self.rule.severity),
            message: finding.message,
            span: finding.span,
            path: finding.path,
            resource: finding.resource,
            help: finding.help,
            service_message: finding.service_message,
            related: finding.related,
            fix: finding.fix,
        });
    }
}
