use crate::foundation::document::Chunk;
use crate::foundation::scalar::Style;
use crate::rule;
use crate::rules::{Finding, Findings, Place, Scope};

rule! {
    /// A line break inside a value that must be one line.
    ///
    /// ## Why
    /// The service's pattern for these values matches a whole line; a `|` block or a trailing line break is refused.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: |
    ///     logs/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: >-
    ///     logs/
    /// ```
    ///
    /// ## References
    /// Service model patterns; resource sheet, section 9.
    "FH013", "line-break-in-value", Error, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for shape in scope.shape().iter().filter(|shape| shape.error.rule == "FH013") {
        let help = match is_stripped_fold(scope, &shape.place) {
            true => {
                "indent all lines of the block alike: a line that is indented deeper keeps its line breaks"
            }
            false => "write it on one line, or as a folded block with `>-`",
        };
        let finding = Finding::at(&shape.place, format!("`{}` has a line break in it", shape.name))
            .service("Member must satisfy regular expression pattern: .*")
            .help(help);
        findings.add(finding);
    }
}

/// Whether the value is a folded block (`>-`) that has a line indented deeper than its first, and no empty one.
fn is_stripped_fold(scope: &Scope<'_>, place: &Place<'_>) -> bool {
    let Some([Chunk::Known(_, origin)]) = place.text().map(|text| text.chunks.as_slice()) else {
        return false;
    };
    let written = scope.template().source.slice(origin.scalar);
    let mut lines = written.lines();
    if origin.style != Style::Folded || !lines.next().is_some_and(|header| header.contains('-')) {
        return false;
    }
    let lines: Vec<&str> = lines.collect();
    let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let first = lines.first().map_or(0, indent);
    lines.iter().all(|line| !line.trim().is_empty()) && lines.iter().any(|line| indent(line) > first)
}
