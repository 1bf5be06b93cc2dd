use std::ops::Range;

use super::parsed::{ParsedBlock, ParsedText};
use super::tables::{self, Table};
use super::tokens::{self, Token};
use crate::model::prefix::{DateItem, DateItemKind, DateLetter, DatePattern, Piece};
use crate::rule;
use crate::rules::{Finding, Findings, Scope};

rule! {
    /// A Glue table of the template lies over the data, and its partitions do not fit the prefix.
    ///
    /// ## Why
    /// Athena finds partitions by folders named `key=value`, in the order of the table's `PartitionKeys`, or by the rules of
    /// partition projection. Where the prefix has other folders, queries give no rows, or partitions must be added by hand.
    ///
    /// ## Fires on
    /// ```yaml
    /// Resources:
    ///   Bucket:
    ///     Type: AWS::S3::Bucket
    ///   Table:
    ///     Type: AWS::Glue::Table
    ///     Properties:
    ///       CatalogId: !Ref AWS::AccountId
    ///       DatabaseName: events
    ///       TableInput:
    ///         PartitionKeys:
    ///           - {Name: year, Type: string}
    ///         StorageDescriptor:
    ///           Location: !Sub "s3://${Bucket}/data/"
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !GetAtt Bucket.Arn
    ///         Prefix: "data/!{timestamp:yyyy}/"
    ///         ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## Silent on
    /// ```yaml
    /// Resources:
    ///   Bucket:
    ///     Type: AWS::S3::Bucket
    ///   Table:
    ///     Type: AWS::Glue::Table
    ///     Properties:
    ///       CatalogId: !Ref AWS::AccountId
    ///       DatabaseName: events
    ///       TableInput:
    ///         PartitionKeys:
    ///           - {Name: year, Type: string}
    ///         StorageDescriptor:
    ///           Location: !Sub "s3://${Bucket}/data/"
    ///   Stream:
    ///     Type: AWS::KinesisFirehose::DeliveryStream
    ///     Properties:
    ///       ExtendedS3DestinationConfiguration:
    ///         RoleARN: arn:aws:iam::444455556666:role/delivery
    ///         BucketARN: !GetAtt Bucket.Arn
    ///         Prefix: "data/year=!{timestamp:yyyy}/"
    ///         ErrorOutputPrefix: errors/
    /// ```
    ///
    /// ## References
    /// Athena user guide, partitioning data and partition projection; resource sheet, section 11.
    "FH318", "prefix-against-table", Warning, since "0.1.0", Stream(check)
}

fn check(scope: &Scope<'_>, findings: &mut Findings<'_>) {
    for block in scope.prefixes().iter().filter(|block| !block.is_for_redshift()) {
        for table in tables::over(scope, block) {
            for finding in compare(scope, block, &table) {
                findings.add(finding);
            }
        }
    }
}

fn compare<'a>(scope: &Scope<'a>, block: &ParsedBlock<'a>, table: &Table<'a>) -> Vec<Finding> {
    let data = tokens::evaluated(block.prefix.as_ref());
    let Some(is_projected) = table.is_projected() else { return Vec::new() };
    let Some(rest) = data.strip_prefix(table.path.as_slice()) else { return Vec::new() };
    let place = Pointer { scope, block, start: table.path.len() };
    if let Some(template) = table.parameter("storage.location.template").filter(|_| is_projected) {
        let disagrees = table.template_path(&template).is_some_and(|path| disagree(&path, &data));
        let message =
            format!("the location template of the Glue table `{}` does not fit the prefix", table.name);
        let finding = || {
            place
                .finding(message.clone())
                .help("write the folders of `storage.location.template` as the prefix has them")
                .related(template.node.span, "the location template")
        };
        return disagrees.then(finding).into_iter().collect();
    }
    let has_hole = rest.iter().any(|token| matches!(token, Token::Hole(_)));
    let folders = tokens::folders(rest);
    // Literal folders in between: the data of this table may well lie elsewhere.
    let elsewhere = folders.first().is_some_and(|folder| {
        folder.iter().all(|token| token.known().is_some_and(|character| character != '='))
    });
    if has_hole || elsewhere {
        return Vec::new();
    }
    let mut found: Vec<Finding> = folder_names(table, &place, &folders).into_iter().collect();
    if let Some(text) = block.prefix.as_ref().filter(|_| is_projected && found.is_empty()) {
        found.extend(table.keys.iter().filter_map(|key| projected_date(scope, text, table, &key.name)));
    }
    found
}

/// Folders named `key=` against the partition keys.
fn folder_names(table: &Table<'_>, place: &Pointer<'_, '_>, folders: &[&[Token]]) -> Option<Finding> {
    let names: Vec<String> = folders.iter().filter_map(|folder| key_of(folder)).collect();
    let name = table.name;
    let missing: Vec<_> = table.keys.iter().filter(|key| !names.contains(&key.name)).collect();
    let Some(first) = missing.first() else {
        let at = |key: &str| names.iter().position(|name| name == key);
        let positions: Vec<_> = table.keys.iter().map(|key| at(&key.name)).collect();
        let key = table.keys.first()?;
        let keys: Vec<&str> = table.keys.iter().map(|key| key.name.as_str()).collect();
        let message = format!(
            "the folders of the prefix are in another order than the keys of the Glue table `{name}`"
        );
        return (!positions.is_sorted()).then(|| {
            place
                .finding(message)
                .help(format!("order them as the keys are: `{}`", keys.join("`, `")))
                .related(key.place.node.span, "the partition keys")
        });
    };
    if let Some(written) = names.iter().find(|name| name.eq_ignore_ascii_case(&first.name)) {
        let message =
            format!("the folder `{written}=` is not the key `{}` of the Glue table `{name}`", first.name);
        let finding = place.misspelt(written, &first.name, message).help(format!("write `{}=`", first.name));
        return Some(finding.related(first.place.node.span, "the partition key"));
    }
    let listed: Vec<String> = missing.iter().map(|key| format!("`{}=`", key.name)).collect();
    let message =
        format!("the Glue table `{name}` has partition keys without a folder: {}", listed.join(", "));
    let help = format!("write a folder for each, such as `{}`", folder_of(&first.name));
    Some(place.finding(message).help(help).related(first.place.node.span, "the partition key"))
}

/// The name before `=` of a folder.
fn key_of(folder: &[Token]) -> Option<String> {
    let end = folder.iter().position(|token| *token == Token::Known('='))?;
    folder.get(..end)?.iter().map(Token::known).collect()
}

/// A folder for a key.
fn folder_of(key: &str) -> String {
    let pattern = match key {
        "year" => "yyyy",
        "month" => "MM",
        "day" => "dd",
        "hour" => "HH",
        "minute" => "mm",
        "dt" | "date" | "datestamp" => "yyyy-MM-dd",
        _ => return format!("{key}=.../"),
    };
    format!("{key}=!{{timestamp:{pattern}}}/")
}

/// Whether two paths certainly name other folders; values may stand for any text without `/`.
fn disagree(template: &[Token], data: &[Token]) -> bool {
    // What is the same on both sides may be unknown; the folders after it must be known.
    let same = template.iter().zip(data).take_while(|(one, other)| one == other).count();
    let common = template.get(..same).unwrap_or_default();
    let start = common.iter().rposition(|token| *token == Token::Known('/')).map_or(0, |at| at + 1);
    let (template, data) = (template.get(start..), data.get(start..));
    let (template, data) = (template.unwrap_or_default(), data.unwrap_or_default());
    if template.iter().chain(data).any(|token| matches!(token, Token::Hole(_))) {
        return false;
    }
    let (template, data) = (tokens::folders(template), tokens::folders(data));
    template.len() > data.len() || template.iter().zip(&data).any(|(one, other)| differ(one, other))
}

fn differ(one: &[Token], other: &[Token]) -> bool {
    let open = |token: &Token| !matches!(token, Token::Known(_));
    let mut pairs = one.iter().zip(other);
    // Up to the first value or hole of either the characters must agree.
    let first = pairs.find(|(one, other)| open(one) || open(other) || one != other);
    match first {
        Some((one, other)) => !open(one) && !open(other),
        None => one.len() != other.len() && !one.iter().chain(other).any(open),
    }
}

/// The date pattern behind `key=` against the format or the digits of the key's projection.
fn projected_date(scope: &Scope<'_>, text: &ParsedText<'_>, table: &Table<'_>, key: &str) -> Option<Finding> {
    let (pattern, range) = pattern_behind(text, key)?;
    let kind = table.projection(key, "type")?;
    let (parameter, what) = match &*kind.known()?.to_lowercase() {
        "date" => (table.projection(key, "format")?, "format"),
        "integer" => (table.projection(key, "digits")?, "digits"),
        _ => return None,
    };
    let wanted = parameter.known()?.into_owned();
    let agrees = match what {
        "format" => {
            let format = DatePattern::parse(&wanted);
            if !format.errors.is_empty() {
                return None;
            }
            pattern.items().iter().map(comparable).eq(format.pattern.items().iter().map(comparable))
        }
        _ => match pattern.items() {
            [DateItem { kind: DateItemKind::Field { count, .. }, .. }] => wanted.trim().parse() == Ok(*count),
            _ => return None,
        },
    };
    let written = text.part(range.clone());
    let message = format!(
        "`{written}` does not fit `projection.{key}.{what}` of the Glue table `{}`: {wanted}",
        table.name
    );
    (!agrees).then(|| {
        text.finding(scope.template(), range, message)
            .help("write both the same")
            .related(parameter.node.span, "the projection")
    })
}

/// A part of a date pattern, `uuuu` as `yyyy`.
fn comparable(item: &DateItem) -> (Option<(DateLetter, usize)>, &str) {
    match &item.kind {
        DateItemKind::Literal(text) => (None, text),
        DateItemKind::Field { letter: DateLetter::Year, count } => {
            (Some((DateLetter::YearOfEra, *count)), "")
        }
        DateItemKind::Field { letter, count } => (Some((*letter, *count)), ""),
    }
}

/// The only thing behind `key=` in a folder, where that is a date.
fn pattern_behind<'p>(text: &'p ParsedText<'_>, key: &str) -> Option<(&'p DatePattern, Range<usize>)> {
    let parts = text.prefix.parts();
    let at = parts.windows(2).position(|pair| match pair {
        [before, after] => match (&before.piece, &after.piece) {
            (Piece::Literal(before), Piece::Timestamp(_)) => {
                before.rsplit('/').next().and_then(|folder| folder.strip_suffix('=')) == Some(key)
            }
            _ => false,
        },
        _ => false,
    })?;
    let ends = match parts.get(at + 2).map(|part| &part.piece) {
        None => true,
        Some(Piece::Literal(after)) => after.starts_with('/'),
        Some(_) => false,
    };
    match &parts.get(at + 1)?.piece {
        Piece::Timestamp(pattern) if ends => Some((pattern, pattern.range())),
        _ => None,
    }
}

/// Where findings about the folders below the table's location point.
struct Pointer<'s, 'a> {
    scope: &'s Scope<'a>,
    block: &'s ParsedBlock<'a>,
    /// How many characters of the prefix are the location.
    start: usize,
}

impl Pointer<'_, '_> {
    fn finding(&self, message: String) -> Finding {
        let Some(text) = &self.block.prefix else { return Finding::key(&self.block.block.place, message) };
        let start = text.text.char_indices().nth(self.start).map_or(0, |(at, _)| at);
        text.finding(self.scope.template(), start..text.text.len(), message)
    }

    /// A finding at the name of a folder `written=`, with the fix that writes it right.
    fn misspelt(&self, written: &str, right: &str, message: String) -> Finding {
        let template = self.scope.template();
        let range = self.block.prefix.as_ref().and_then(|text| {
            let start = text.text.char_indices().nth(self.start).map_or(0, |(at, _)| at);
            let at = start + text.part(start..text.text.len()).find(&format!("{written}="))?;
            Some((text, at..at + written.len()))
        });
        let Some((text, range)) = range else { return self.finding(message) };
        let finding = text.finding(template, range.clone(), message);
        match text.edit(template, range, right) {
            Some(fix) => finding.fix(fix),
            None => finding,
        }
    }
}
