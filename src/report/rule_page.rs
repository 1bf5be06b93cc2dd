//! A rule's manual page as Markdown, for `explain` and for `docs/rules/`.

use crate::rules::Rule;

/// The page.
pub fn page(rule: &Rule) -> String {
    let mut page = format!("# {} {}\n\n", rule.id, rule.name);
    let mut lines = rule.docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    page += lines.next().unwrap_or("");
    page += &format!("\n\nSeverity: {}. Since: {}.\n", rule.severity.as_str(), rule.since);
    for line in lines {
        page += line;
        page.push('\n');
    }
    page
}

/// The page as it lies among the others, with a way to what its references are called by.
pub fn file(rule: &Rule) -> String {
    let page = page(rule);
    if !page.contains("## References") {
        return page;
    }
    format!("{}\n\nWhat these names stand for: [rules](README.md#references).\n", page.trim_end())
}

/// What the pages name under "References".
const REFERENCES: &str = "\
## References

What the pages name under that heading:

- **Resource sheet**, **service behaviour** (or behaviour sheet) and **rule catalogue** are this project's notes of facts, by \
section: what the type's properties take, what the service does, and what templates get wrong. They are no files of this \
repository. What they say of behaviour stands, with the source of each fact, in [fidelity](../FIDELITY.md), whose areas have the \
numbers of their sections.
- The **registry schema** is CloudFormation's own of \
[`AWS::KinesisFirehose::DeliveryStream`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesisfirehose-deliverystream.html).
- The **service model** is that of the API, `firehose` of 2015-08-04, as the AWS SDKs are made from it; its prose is the \
[API reference](https://docs.aws.amazon.com/firehose/latest/APIReference/Welcome.html).
- The **developer guide** is that of [Amazon Data Firehose](https://docs.aws.amazon.com/firehose/latest/dev/what-is-this-service.html).
";

/// The index of all pages.
pub fn index<'a>(rules: impl Iterator<Item = &'a Rule>) -> String {
    let mut page =
        "# Rules\n\nMade from the rules' own comments; `firehose-kit explain ID` prints a page.\n\n\
                    | Rule | Name | Severity | What it finds |\n| --- | --- | --- | --- |\n"
            .to_owned();
    for rule in rules {
        let summary = rule.summary().replace('|', "\\|");
        page += &format!(
            "| [{id}]({id}.md) | `{}` | {} | {summary} |\n",
            rule.name,
            rule.severity.as_str(),
            id = rule.id
        );
    }
    page + "\n" + REFERENCES
}
