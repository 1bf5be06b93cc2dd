use crate::rule;
use crate::rules::{Finding, Findings, Scope};

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
        let finding = Finding::at(&shape.place, format!("`{}` has a line break in it", shape.name))
            .service("Member must satisfy regular expression pattern: .*")
            .help("write it on one line, or as a folded block with `>-`");
        findings.add(finding);
    }
}
