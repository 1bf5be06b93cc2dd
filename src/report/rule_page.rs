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
    page
}
