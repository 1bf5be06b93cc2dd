//! Suppressions written for other tools, honoured where their rule means the same mistake as one of ours.
//!
//! cfn-lint: `Metadata: {cfn-lint: {config: {ignore_checks: [E3002]}}}`, exact ids on a resource, beginnings of ids at
//! the top of the template, as cfn-lint has it. checkov: `Metadata: {checkov: {skip: [{id, comment}]}}` and
//! `# checkov:skip=ID:reason` within a resource. cfn_nag: `Metadata: {cfn_nag: {rules_to_suppress: [{id, reason}]}}`.
//! One that suppresses nothing here is not idle: it was written for the other tool.

use crate::foundation::diagnostic::Diagnostic;
use crate::foundation::document::Node;
use crate::template::Template;

/// A rule of another tool, and ours that see the same mistake. From `docs/rules.md` of cfn-lint, and for ours from the
/// catalogue's runs of cfn-lint; the rules of checkov and cfn_nag from their sources.
const SAME: &[(&str, &[&str])] = &[
    // Parsing errors, among them a key that stands twice.
    ("E0000", &["FH001", "FH002", "FH003"]),
    // `Fn::GetAtt` of resources and attributes that are there.
    ("E1010", &["FH004", "FH005"]),
    // What `Fn::Sub` names is there.
    ("E1019", &["FH004"]),
    // What `Ref` names is there.
    ("E1020", &["FH004"]),
    // Secure dynamic references where they are not supported.
    ("E1027", &["FH633"]),
    // `${...}` outside `Fn::Sub`.
    ("E1029", &["FH016"]),
    // `Fn::GetAtt`, `Ref`: a name for an ARN, or the reverse.
    ("E1040", &["FH011"]),
    ("E1041", &["FH011"]),
    // Unknown properties.
    ("E3002", &["FH006", "FH007", "FH401"]),
    // Required properties.
    ("E3003", &["FH008"]),
    // `DependsOn` names what is there.
    ("E3005", &["FH004"]),
    // Types of values.
    ("E3012", &["FH009"]),
    // Two resources with one primary identifier.
    ("E3019", &["FH019"]),
    // Tags.
    ("E3024", &["FH114"]),
    // Listed values.
    ("E3030", &["FH010", "FH615"]),
    // Patterns.
    ("E3031", &["FH012", "FH021", "FH103", "FH114", "FH322", "FH603", "FH631"]),
    // Numbers of items, lengths, numbers.
    ("E3032", &["FH021", "FH114"]),
    ("E3033", &["FH021", "FH103"]),
    ("E3034", &["FH021", "FH201", "FH202", "FH203", "FH204", "FH506", "FH623"]),
    // The same item twice.
    ("E3037", &["FH021"]),
    // `ZipFile` and its runtimes.
    ("E3677", &["FH422"]),
    // Runtimes at the end of their life.
    ("E2531", &["FH421"]),
    ("E2533", &["FH421"]),
    ("W2531", &["FH421"]),
    // What may not be there under a condition.
    ("W1001", &["FH020"]),
    // ARNs with partition, region or account written out.
    ("I3042", &["FH015"]),
    // Passwords: a parameter instead of a dynamic reference; plain text or no `NoEcho`.
    ("W1011", &["FH803"]),
    ("W2501", &["FH802", "FH803"]),
    // "Ensure Kinesis Firehose delivery stream is encrypted" (CKV_AWS_241, by a customer's key, is a wish of its own).
    ("CKV_AWS_240", &["FH801"]),
    // "Ensure Lambda Runtime is not deprecated".
    ("CKV_AWS_363", &["FH421"]),
    // "Kinesis Firehose DeliveryStream of type DirectPut should specify SSE."
    ("W88", &["FH801"]),
];

/// A suppression of another tool.
struct Foreign {
    /// Ids of ours.
    ours: Vec<&'static str>,
    /// The resource; `None` is the whole template.
    resource: Option<String>,
}

/// Takes out what other tools were told to leave alone; returns how many findings that were.
pub fn apply(template: &Template, found: &mut Vec<Diagnostic>) -> usize {
    let foreign = read(template);
    let before = found.len();
    found.retain(|finding| {
        !foreign.iter().any(|suppression| {
            suppression.ours.iter().any(|id| *id == finding.rule && is_seen_by_both(finding))
                && suppression.resource.as_ref().is_none_or(|id| finding.resource.as_ref() == Some(id))
        })
    });
    before - found.len()
}

fn read(template: &Template) -> Vec<Foreign> {
    let mut foreign = Vec::new();
    let mut add = |ours: Vec<&'static str>, resource: Option<&str>| {
        if !ours.is_empty() {
            foreign.push(Foreign { ours, resource: resource.map(str::to_owned) });
        }
    };
    for word in ignored(template.section("Metadata")) {
        add(ours(|id| is_cfn_lint(id) && !word.is_empty() && id.starts_with(&word)), None);
    }
    for resource in &template.resources {
        let metadata = resource.node.get("Metadata");
        let id = Some(&*resource.logical_id);
        for word in ignored(metadata) {
            add(ours(|known| is_cfn_lint(known) && known == word), id);
        }
        let skipped = metadata.and_then(|node| node.get("checkov")?.get("skip"));
        let nagged = metadata.and_then(|node| node.get("cfn_nag")?.get("rules_to_suppress"));
        for (items, is_of_tool) in [(skipped, is_checkov as fn(&str) -> bool), (nagged, is_cfn_nag)] {
            for item in items.and_then(Node::as_list).unwrap_or_default() {
                let word = item.get("id").and_then(Node::as_text).unwrap_or_default();
                add(ours(|known| is_of_tool(known) && known == word), id);
            }
        }
    }
    for comment in &template.document.comments {
        let text = template.source.slice(comment.span);
        let Some((_, rest)) = text.split_once("checkov:skip=") else { continue };
        let word = rest.split([':', ' ', '\t', ',']).next().unwrap_or("");
        let line = template.source.line_of(comment.span.start);
        let inside = template.resources.iter().enumerate().find(|(at, resource)| {
            let first = template.source.line_of(resource.id_span.start);
            // A comment after the last value still belongs to the resource, up to the next one.
            let last = match template.resources.get(at + 1) {
                Some(next) => template.source.line_of(next.id_span.start) - 1,
                None => template.source.line_of(resource.node.span.end),
            };
            (first..=last.max(first)).contains(&line)
        });
        if let Some((_, resource)) = inside {
            add(ours(|known| is_checkov(known) && known == word), Some(&*resource.logical_id));
        }
    }
    foreign
}

/// cfn-lint looks at passwords only, our FH802 at all secrets.
fn is_seen_by_both(finding: &Diagnostic) -> bool {
    finding.rule != "FH802" || finding.path.ends_with("/Password")
}

fn ours(is_meant: impl Fn(&str) -> bool) -> Vec<&'static str> {
    SAME.iter().filter(|(id, _)| is_meant(id)).flat_map(|(_, ours)| ours.iter().copied()).collect()
}

/// cfn-lint's ids have a letter and four digits, cfn_nag's fewer.
fn is_cfn_lint(id: &str) -> bool {
    id.len() == 5
}

fn is_cfn_nag(id: &str) -> bool {
    id.len() < 5
}

fn is_checkov(id: &str) -> bool {
    id.starts_with("CKV_")
}

/// The words of `cfn-lint: {config: {ignore_checks: [...]}}`.
fn ignored(metadata: Option<&Node>) -> Vec<String> {
    let list = metadata.and_then(|node| node.get("cfn-lint")?.get("config")?.get("ignore_checks")?.as_list());
    list.unwrap_or_default().iter().filter_map(|node| Some(node.as_text()?.into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use crate::foundation::span::Source;
    use crate::rules::{Checks, check};
    use crate::template::Template;

    /// The ids found, and how many findings were suppressed, in a stream with an unknown property, a missing one and a
    /// value that is not listed.
    fn found(resource: &str, template: &str) -> (Vec<String>, usize) {
        let text = format!(
            "Resources:\n  Stream:\n    Type: AWS::KinesisFirehose::DeliveryStream\n{resource}    Properties:\n      \
             ExtendedS3DestinationConfiguration:\n        Colour: red\n        CompressionFormat: GZOP\n        \
             BucketARN: arn:aws:s3:::example-data\n{template}"
        );
        let checked = check(&Template::read(Source::new("t.yaml", text)), &Checks::default());
        let wanted = ["FH006", "FH008", "FH010", "FH023"];
        let ids = checked.findings.iter().map(|finding| finding.rule.to_string());
        (ids.filter(|id| wanted.contains(&&**id)).collect(), checked.suppressed)
    }

    fn ids(resource: &str, template: &str) -> Vec<String> {
        found(resource, template).0
    }

    #[test]
    fn cfn_lint_on_a_resource_takes_exact_ids() {
        assert_eq!(ids("", ""), ["FH008", "FH006", "FH010"]);
        let metadata = "    Metadata: {cfn-lint: {config: {ignore_checks: [E3002, E3003, W9999]}}}\n";
        assert_eq!(found(metadata, ""), (vec!["FH010".to_owned()], 2));
        let prefix = "    Metadata: {cfn-lint: {config: {ignore_checks: [E3]}}}\n";
        assert_eq!(ids(prefix, ""), ["FH008", "FH006", "FH010"]);
    }

    #[test]
    fn cfn_lint_on_a_template_takes_beginnings_of_ids() {
        assert_eq!(ids("", "Metadata: {cfn-lint: {config: {ignore_checks: [E300]}}}\n"), ["FH010"]);
        assert!(ids("", "Metadata: {cfn-lint: {config: {ignore_checks: [E3]}}}\n").is_empty());
        assert_eq!(ids("", "Metadata: {cfn-lint: {config: {ignore_checks: [W]}}}\n").len(), 3);
    }

    #[test]
    fn one_tool_s_words_mean_nothing_in_another_s_place() {
        for metadata in [
            "    Metadata: {checkov: {skip: [{id: E3002, comment: x}]}}\n",
            "    Metadata: {cfn_nag: {rules_to_suppress: [{id: E3002, reason: x}]}}\n",
            "    # checkov:skip=E3002:reason\n",
            "    Metadata: {cfn-lint: nothing}\n",
        ] {
            assert_eq!(ids(metadata, "").len(), 3, "{metadata}");
        }
    }

    #[test]
    fn checkov_and_cfn_nag_name_the_same_mistake() {
        let read = |resource: &str| {
            let text = format!("Resources:\n  A:\n    Type: T\n{resource}  B:\n    Type: T\n");
            let foreign = super::read(&Template::read(Source::new("t.yaml", text)));
            foreign.into_iter().map(|one| (one.ours, one.resource)).collect::<Vec<_>>()
        };
        let encryption = vec![(vec!["FH801"], Some("A".to_owned()))];
        assert_eq!(read("    # checkov:skip=CKV_AWS_240:\"why\"\n"), encryption);
        assert_eq!(read("    Metadata: {checkov: {skip: [{id: CKV_AWS_240, comment: why}]}}\n"), encryption);
        assert_eq!(
            read("    Metadata: {cfn_nag: {rules_to_suppress: [{id: W88, reason: why}]}}\n"),
            encryption
        );
        // That a customer's key is not wanted says nothing of no encryption at all.
        assert_eq!(read("    # checkov:skip=CKV_AWS_241:why\n"), []);
    }

    #[test]
    fn ids_of_ours_in_the_table_have_the_form_of_ids() {
        for (id, ours) in super::SAME {
            assert!(!ours.is_empty(), "{id}");
            for id in *ours {
                assert!(id.len() == 5 && id.starts_with("FH"), "{id}");
            }
        }
    }
}
