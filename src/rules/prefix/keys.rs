//! The keys of `Prefix` against those of the `MetadataExtractionQuery`.

use std::ops::Range;

use super::parsed::{ParsedBlock, ParsedText};
use super::processing::Processing;
use super::query_key_without_extraction::partitioned;
use crate::foundation::suggest::nearest;
use crate::model::prefix::Namespace;
use crate::model::query_keys::{QueryKey, query_keys};
use crate::rules::{Place, Scope};

/// What the prefix uses and the query makes, compared.
pub struct Compared<'s, 'a> {
    /// `Prefix`.
    pub text: &'s ParsedText<'a>,
    /// The value of `MetadataExtractionQuery`.
    pub query: Place<'a>,
    /// Keys that the prefix uses and the query does not make.
    pub missing: Vec<Missing>,
    /// Keys that the query makes and the prefix does not use.
    pub unused: Vec<QueryKey>,
}

/// A key that the query does not make.
pub struct Missing {
    /// The key.
    pub name: String,
    /// Where it stands in the prefix.
    pub range: Range<usize>,
    /// An unused key of the query that was probably meant.
    pub meant: Option<String>,
}

/// Whether the one `MetadataExtraction` processor of a block makes a key.
pub fn makes<'a>(scope: &Scope<'a>, block: &ParsedBlock<'a>, key: &str) -> bool {
    let processing = Processing::of(scope, &block.block);
    made_by(scope, &processing).is_some_and(|(_, made)| made.iter().any(|made| made.name == key))
}

/// The query of the one `MetadataExtraction` processor, and its keys.
fn made_by<'a>(scope: &Scope<'a>, processing: &Processing<'a>) -> Option<(Place<'a>, Vec<QueryKey>)> {
    let mut extractions = processing.of_type("MetadataExtraction");
    let (extraction, None) = (extractions.next()?, extractions.next()) else { return None };
    let query = scope.parameter(extraction, "MetadataExtractionQuery")?;
    let made = query_keys(&query.text()?.masked())?;
    Some((query, made))
}

/// The comparison for each partitioned block of which both sides are known.
pub fn compare<'s, 'a>(scope: &'s Scope<'a>) -> Vec<Compared<'s, 'a>> {
    partitioned(scope).filter_map(|block| compare_block(scope, block)).collect()
}

fn compare_block<'s, 'a>(scope: &'s Scope<'a>, block: &'s ParsedBlock<'a>) -> Option<Compared<'s, 'a>> {
    let text = block.prefix.as_ref()?;
    let processing = Processing::of(scope, &block.block);
    // Where processing is off, FH310 speaks.
    if !processing.is_complete || processing.is_on == Some(false) {
        return None;
    }
    let (query, made) = made_by(scope, &processing)?;
    let used: Vec<(&str, Range<usize>)> = text.prefix.query_keys().collect();
    let mut unused: Vec<QueryKey> =
        made.iter().filter(|key| !used.iter().any(|(name, _)| *name == key.name)).cloned().collect();
    let mut missing = Vec::new();
    for (name, range) in used {
        if made.iter().any(|key| key.name == name) {
            continue;
        }
        let near = nearest(name, unused.iter().map(|key| key.name.as_str()));
        // Of short names almost any is near.
        let meant = near.filter(|near| name.chars().count() > 3 || near.eq_ignore_ascii_case(name));
        let meant = meant.map(str::to_owned);
        missing.push(Missing { name: name.to_owned(), range, meant });
    }
    // A misspelt key is one mistake, not a missing and an unused one.
    unused.retain(|key| !missing.iter().any(|missing| missing.meant.as_deref() == Some(&*key.name)));
    // Of a key with the wrong namespace FH311 speaks.
    let is_misplaced = |key: &QueryKey| text.prefix.lambda_keys().any(|(name, _)| name == key.name);
    unused.retain(|key| processing.has("Lambda") || !is_misplaced(key));
    let may_use_more =
        text.may_hold_more(scope.template()) || text.prefix.has_unknown(Namespace::PartitionKeyFromQuery);
    // Without any partition key, FH309 speaks.
    if may_use_more || text.partition_keys().next().is_none() {
        unused.clear();
    }
    Some(Compared { text, query, missing, unused })
}
