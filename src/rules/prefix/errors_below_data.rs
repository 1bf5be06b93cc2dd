use super::parsed::{ParsedBlock, ParsedText};
use super::tokens::{self, Token};
use crate::rule;
use crate::rules::scope::S3Role;
use crate::rules::{Findings, Scope};

rule! {
    /// `ErrorOutputPrefix` lies below the folder of the data, or is the same.
    ///
    /// ## Why
    /// Crawlers and Athena tables over the data read the records of failures as data. Folders that begin with `_` or `.` are
    /// left out by them, and by this rule.
    ///
    /// ## Fires on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: data/
    ///   ErrorOutputPrefix: data/errors/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// ExtendedS3DestinationConfiguration:
    ///   RoleARN: arn:aws:iam::444455556666:role/delivery
    ///   BucketARN: arn:aws:s3:::example-data
    ///   Prefix: data/
    ///   ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## References
    /// Service behaviour, section 6.1; Athena user guide, table location in Amazon S3.
    "FH319", "errors-below-data", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.prefixes().iter().filter(|block| holds_data(scope, block)) {
        let (Some(prefix), Some(error)) = (&block.prefix, &block.error_output_prefix) else { continue };
        if !is_below(prefix, error) {
            continue;
        }
        let message = match error.text == prefix.text {
            true => "`ErrorOutputPrefix` is the same as `Prefix`: failed records lie among the data",
            false => "`ErrorOutputPrefix` lies below the data: failed records are read as data",
        };
        let finding = error
            .finding(scope.template(), 0..error.text.len(), message)
            .help("use a folder beside that of the data, such as `errors/`")
            .related(prefix.place.node.span, "the data");
        findings.add(finding);
    }
}

/// Whether failed records certainly lie where the data is read.
fn is_below(prefix: &ParsedText<'_>, error: &ParsedText<'_>) -> bool {
    let folder = data_folder(prefix);
    let below = tokens::of(&error.place);
    if folder.is_empty() || !below.starts_with(&folder) {
        return false;
    }
    let ends_with_slash = folder.last() == Some(&Token::Known('/'));
    let mut rest = below.get(folder.len()..).unwrap_or_default();
    if let ([Token::Known('/'), after @ ..], false) = (rest, ends_with_slash) {
        rest = after;
    } else if !ends_with_slash && !rest.is_empty() {
        // `data-errors/` does not lie below `data`.
        return false;
    }
    // What begins with `_` or `.` is left out by readers; what is not known may.
    !matches!(rest.first(), Some(Token::Known('_' | '.') | Token::Hole(_)))
}

/// The folder that the data lies in, up to the first expression. Of a text without expressions all of it.
fn data_folder(prefix: &ParsedText<'_>) -> Vec<Token> {
    let mut head = tokens::static_head(prefix);
    if prefix.prefix.has_expressions() {
        let end = head.iter().rposition(|token| *token == Token::Known('/')).map_or(0, |at| at + 1);
        head.truncate(end);
    }
    head
}

/// Whether data lies in the block, and not only what failed or waits to be copied.
fn holds_data(scope: &Scope<'_>, block: &ParsedBlock<'_>) -> bool {
    match block.block.role {
        _ if block.is_for_redshift() => false,
        S3Role::Extended | S3Role::Legacy | S3Role::Backup => true,
        S3Role::Nested => {
            let mode = scope.at(&[block.block.destination, "S3BackupMode"]);
            mode.and_then(|mode| mode.known()).is_some_and(|mode| mode.starts_with("All"))
        }
    }
}
