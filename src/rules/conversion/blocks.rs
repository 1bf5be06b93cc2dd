//! Format conversion as this family's rules look at it. No rule itself.

use crate::rules::scope::{S3Role, enabled};
use crate::rules::{Finding, Findings, Place, Scope};
use crate::template::Resource;

/// The destinations that convert for sure, each with its conversion block. Where conversion is switched off the
/// service looks at none of it.
pub(super) fn running<'a>(scope: &Scope<'a>) -> Vec<(Place<'a>, Place<'a>)> {
    const BLOCK: &str = "DataFormatConversionConfiguration";
    let blocks = scope.s3_blocks().into_iter().filter(|block| block.role == S3Role::Extended);
    let on = blocks.filter(|block| enabled(&block.place, BLOCK, true) == Some(true));
    let pair = on.filter_map(|block| Some((block.place.clone(), block.place.get(BLOCK)?)));
    pair.filter(|(_, block)| block.node.as_map().is_some()).collect()
}

/// A block that takes exactly one of two members.
pub(super) struct Choice {
    /// The part of the conversion.
    pub part: &'static str,
    /// The block in it.
    pub block: &'static str,
    /// The two members.
    pub of: [&'static str; 2],
    /// What they are, in the service's words.
    pub word: &'static str,
}

impl Choice {
    /// Reports blocks that are absent, or have none or both.
    pub fn check(&self, scope: &Scope<'_>, findings: &mut Findings<'_>) {
        for (_, conversion) in running(scope) {
            let Some(part) = conversion.get(self.part).filter(|part| part.node.as_map().is_some()) else {
                continue;
            };
            findings_of(self, &part).into_iter().for_each(|finding| findings.add(finding));
        }
    }
}

fn findings_of(choice: &Choice, part: &Place<'_>) -> Option<Finding> {
    let Choice { block: name, of: [one, other], word, .. } = choice;
    let missing = format!("{name} must not be null");
    let help = format!("give `{one}` or `{other}`, such as `{one}: {{}}`");
    let Some(block) = part.get(name).filter(|block| block.is_set()) else {
        let message = format!("`{}` has no `{name}`", choice.part);
        return Some(Finding::key(part, message).service(missing).help(help));
    };
    block.node.as_map()?;
    match (block.get(one), block.get(other)) {
        (Some(first), Some(second)) => {
            let (first, second) =
                if first.key_span <= second.key_span { (first, second) } else { (second, first) };
            let finding = Finding::key(&second, format!("`{name}` has both `{one}` and `{other}`"))
                .service(format!("More than one {word} specified. Only one may be chosen."))
                .help("remove one of the two")
                .related(first.key_span, "the other one");
            Some(finding)
        }
        // A misspelt member is FH006's.
        (None, None) if !block.entries().is_empty() => None,
        (None, None) => Some(Finding::key(&block, format!("`{name}` is empty")).service(missing).help(help)),
        _ => None,
    }
}

/// The Glue table of the template that a schema names: by reference, or by its literal name.
pub(super) fn table<'a>(scope: &Scope<'a>, schema: &Place<'a>) -> Option<&'a Resource> {
    let name = schema.get("TableName")?;
    if let Some(reference) = &name.node.reference {
        let resource = scope.view.template.resource(&reference.target)?;
        return (&*resource.kind == "AWS::Glue::Table" && reference.attribute.is_none()).then_some(resource);
    }
    let (name, database) = (name.known()?, schema.get("DatabaseName"));
    scope.view.of_kind("AWS::Glue::Table").find(|table| {
        let Some(place) = scope.view.properties(table) else { return false };
        let is_named = glue_name(&place, "TableInput").is_some_and(|found| found == *name);
        // Another database that is known to be another one holds another table.
        let databases = (place.get("DatabaseName"), database.as_ref());
        let elsewhere = match databases {
            (Some(one), Some(other)) => {
                one.known().zip(other.known()).is_some_and(|(one, other)| one != other)
            }
            _ => false,
        };
        is_named && !elsewhere
    })
}

/// The literal name of a Glue database or table.
pub(super) fn glue_name(properties: &Place<'_>, input: &str) -> Option<String> {
    properties.at(&[input, "Name"])?.known().map(|name| name.into_owned())
}
