use std::collections::BTreeMap;

use crate::foundation::span::Span;
use crate::rule;
use crate::rules::{Finding, Findings, Scope, shape};

rule! {
    /// `Tags` is empty, has more than 50 items, a key twice, a key that begins with `aws:`, or a refused character.
    ///
    /// ## Why
    /// CloudFormation or the service refuses the stream.
    ///
    /// ## Fires on
    /// ```yaml
    /// Tags: []
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Tags:
    ///   - Key: team
    ///     Value: data platform
    ///   - Key: Team
    ///     Value: data platform
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    /// ```
    ///
    /// ## References
    /// `Tag` in the service model; service behaviour, section 1.5.
    "FH114", "invalid-tags", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == "FH114") {
        // A reserved key is spoken of below, also where only its beginning is known.
        if shape.error.keyword != "not" {
            findings.add(shape::located(scope.template(), shape));
        }
    }
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for tag in scope.at(&["Tags"]).map(|tags| tags.items()).unwrap_or_default() {
        let Some(key) = tag.get("Key") else { continue };
        if key.text().is_some_and(|text| text.masked().starts_with("aws:")) {
            let message = "tag keys that begin with `aws:` are reserved";
            let finding = Finding::inside(scope.template(), &key, 0.."aws:".len(), message);
            findings.add(finding.help("use another key"));
        }
        let Some(name) = key.known() else { continue };
        match seen.get(&*name) {
            Some(first) => {
                let finding = Finding::at(&key, format!("the tag `{name}` is set twice"))
                    .help("remove one of the two")
                    .related(*first, "the first one");
                findings.add(finding);
            }
            None => {
                seen.insert(name.into_owned(), key.node.span);
            }
        }
    }
}
