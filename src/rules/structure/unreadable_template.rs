use crate::foundation::span::Span;
use crate::foundation::suggest;
use crate::rule;
use crate::rules::{Finding, Findings};
use crate::template::Template;
use crate::template::read::ReadProblem;

rule! {
    /// The text is not a template: not YAML or JSON, not a mapping, or without `Resources`.
    ///
    /// ## Why
    /// Nothing else can be checked. The place is the parser's.
    ///
    /// ## Fires on
    /// ```yaml
    /// Description: AWS::KinesisFirehose::DeliveryStream
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Bucket:
    ///     Type: AWS::S3::Bucket
    /// ```
    ///
    /// ## References
    /// CloudFormation user guide, template anatomy.
    "FH001", "unreadable-template", Error, since "0.1.0", Document(check)
}

/// The other sections that a template may have.
const SECTIONS: [&str; 9] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Outputs",
];

fn check(template: &Template, findings: &mut Findings<'_>) {
    for (span, problem) in &template.document.problems {
        let (message, help) = match problem {
            ReadProblem::Syntax(words) => {
                (format!("not valid YAML or JSON: {words}"), "mend the syntax at this place")
            }
            ReadProblem::TooMuch(words) => {
                (format!("too much to read: {words}"), "make the template smaller")
            }
            ReadProblem::UnknownTag(tag) => (
                format!("`{tag}` is no function of CloudFormation"),
                "use one of its functions, or quote the value",
            ),
            _ => continue,
        };
        findings.add(Finding::anywhere(*span, "", message).help(help));
    }
    let Some(root) = &template.document.root else {
        if template.document.problems.is_empty() {
            findings.add(Finding::anywhere(Span::default(), "", "the text is empty").help("add `Resources`"));
        }
        return;
    };
    let Some(map) = root.as_map() else {
        let message = "the top level is not a mapping";
        findings.add(
            Finding::anywhere(root.span, "", message).help("write a template: a mapping with `Resources`"),
        );
        return;
    };
    match map.entry("Resources") {
        // What could not be read may have held it.
        None if !template.document.problems.is_empty() => {}
        None => {
            let misspelt = map.entries.iter().find(|entry| {
                let is_section = SECTIONS.contains(&&*entry.key);
                !is_section && suggest::nearest(&entry.key, ["Resources"]).is_some()
            });
            let place = misspelt.or(map.entries.first()).map_or(root.span, |entry| entry.key_span);
            let help = if misspelt.is_some() { "did you mean `Resources`?" } else { "add `Resources`" };
            findings.add(Finding::anywhere(place, "", "the template has no `Resources`").help(help));
        }
        Some(entry) if entry.node.as_map().is_none_or(|map| map.entries.is_empty()) => {
            let message = "`Resources` is empty";
            findings.add(Finding::anywhere(entry.key_span, "Resources", message).help("add a resource"));
        }
        Some(_) => {}
    }
}
