//! A described change set, and the readable summary that is made of it.

use super::consequence::{self, Consequence, StreamFacts};
use super::differences::Differences;
use super::effect::{self, Doubts, Effect};
use super::replacing;

/// A page of a change set, as `DescribeChangeSet` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSetPage {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The stack's id.
    pub stack_id: String,
    /// The stack's name.
    pub stack: String,
    /// `CREATE_PENDING`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `FAILED`, ...
    pub status: String,
    /// `AVAILABLE`, `UNAVAILABLE`, `EXECUTE_COMPLETE`, ...
    pub execution_status: String,
    /// Why it has that status.
    pub reason: Option<String>,
    /// The changes of this page.
    pub changes: Vec<Change>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// What happens to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// `Add`, `Modify`, `Remove`, `Import`, `Dynamic`.
    pub action: String,
    /// The resource.
    pub logical_id: String,
    /// What it is called in AWS, where it exists.
    pub physical_id: Option<String>,
    /// Its type.
    pub kind: String,
    /// `True`, `False` or `Conditional`; only of modifications.
    pub replacement: Option<String>,
    /// What happens to the old resource, such as `Retain` or `ReplaceAndDelete`.
    pub policy: Option<String>,
    /// The changed properties.
    pub details: Vec<ChangeDetail>,
    /// Of a nested stack: its own change set.
    pub nested: Option<String>,
}

/// A changed property.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeDetail {
    /// What is changed: `Properties`, `Tags`, `Metadata`, ...
    pub attribute: String,
    /// The property's path, such as `/Properties/BucketName`, or its name.
    pub path: String,
    /// Its value before.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
    /// `Never`, `Conditionally` or `Always`.
    pub recreation: Option<String>,
    /// What causes it, such as a parameter, where it is not the template itself.
    pub cause: Option<String>,
}

/// All changes of a change set, nested stacks' too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSummary {
    /// The change set's name.
    pub change_set: String,
    /// Its id.
    pub id: String,
    /// The rows, in the order of the change set; those of nested stacks behind their own stack's.
    pub rows: Vec<ChangeRow>,
    /// Whether the stack is deleted.
    pub deletes: bool,
}

/// What happens to a resource, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeRow {
    /// The change.
    pub change: Change,
    /// The nested stack that it is in.
    pub nested: Option<String>,
    /// What becomes of the resource.
    pub effect: Effect,
    /// What its replacement depends on, where CloudFormation leaves it open.
    pub doubts: Doubts,
    /// Whether that has been decided.
    pub is_settled: bool,
    /// What follows.
    pub consequences: Vec<Consequence>,
}

impl Change {
    /// Whether the old resource stays where it is replaced or removed.
    pub fn is_retained(&self) -> bool {
        self.policy.as_deref().is_some_and(|policy| {
            policy.contains("Retain") || policy == "Snapshot" || policy == "ReplaceAndSnapshot"
        })
    }
}

impl ChangeSummary {
    /// Whether a stream or something that holds data is replaced or removed.
    pub fn is_destructive(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.consequences).any(|consequence| consequence.is_destructive())
    }

    /// How many resources are added, modified, replaced and removed.
    pub fn counts(&self) -> [(usize, &'static str); 5] {
        let count = |effects: &[Effect]| self.rows.iter().filter(|row| effects.contains(&row.effect)).count();
        [
            (count(&[Effect::Add, Effect::Import]), "to add"),
            (count(&[Effect::Modify, Effect::LikelyModify]), "to modify"),
            (count(&[Effect::Replace]), "to replace"),
            (count(&[Effect::MayReplace]), "that may be replaced"),
            (count(&[Effect::Remove]), "to remove"),
        ]
    }
}

/// Makes rows of the changes of one stack. Where AWS does not tell values or policies, those of the two templates are taken.
pub fn rows(changes: Vec<Change>, nested: Option<&str>, differences: Option<&Differences>) -> Vec<ChangeRow> {
    let differences = differences.filter(|_| nested.is_none());
    let row = |mut change: Change| {
        let known = differences.and_then(|differences| differences.of(&change.logical_id));
        let is_compared = differences.is_some_and(|differences| !differences.unreadable);
        let doubts = effect::doubts(&change, known, is_compared);
        if change.policy.is_none() {
            change.policy = known.and_then(|known| known.policy.clone());
        }
        let has_values =
            change.details.iter().any(|detail| detail.before.is_some() || detail.after.is_some());
        let mut details = tidy(std::mem::take(&mut change.details));
        if change.action == "Modify"
            && !has_values
            && let Some(known) = known
        {
            let name = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
            let (mut written, mut told) = (Vec::new(), details);
            for property in &known.properties {
                let of = told.iter().find(|detail| name(&detail.path) == name(&property.path));
                let is_sure =
                    property.is_sure && replacing::replaces(&change.kind, &property.path) == Some(true);
                written.push(ChangeDetail {
                    attribute: "Properties".to_owned(),
                    path: property.path.clone(),
                    before: property.before.clone(),
                    after: property.after.clone(),
                    recreation: match is_sure {
                        true => Some("Always".to_owned()),
                        false => of.and_then(|detail| detail.recreation.clone()),
                    },
                    cause: of.and_then(|detail| detail.cause.clone()),
                });
            }
            told.retain(|detail| !written.iter().any(|known| name(&known.path) == name(&detail.path)));
            written.extend(told);
            details = written;
        }
        change.details = details;
        let effect = Effect::told(&change);
        ChangeRow { change, nested: nested.map(str::to_owned), effect, doubts, ..ChangeRow::default() }
    };
    let mut rows: Vec<ChangeRow> = changes.into_iter().map(row).collect();
    effect::settle(&mut rows);
    for row in &mut rows {
        let known = differences.and_then(|differences| differences.of(&row.change.logical_id));
        let facts = known.and_then(|known| known.stream.clone());
        let facts = facts.unwrap_or_else(|| StreamFacts::of_change(&row.change));
        row.consequences = match known.is_some_and(|known| known.is_refused) {
            true => vec![Consequence::UpdateRefused],
            false => consequence::of(&row.change, &facts, row.effect),
        };
    }
    rows
}

/// One line a property: CloudFormation tells a property again for each thing that causes its change.
fn tidy(details: Vec<ChangeDetail>) -> Vec<ChangeDetail> {
    let mut kept: Vec<ChangeDetail> = Vec::new();
    for mut detail in details {
        detail.path = detail.path.trim_start_matches("/Properties/").trim_matches('/').replace('/', ".");
        if detail.path.is_empty() {
            detail.path.clone_from(&detail.attribute);
        }
        match kept.iter_mut().find(|known| known.path == detail.path) {
            Some(known) => {
                known.before = known.before.take().or(detail.before);
                known.after = known.after.take().or(detail.after);
                known.cause = known.cause.take().or(detail.cause);
            }
            None => kept.push(detail),
        }
    }
    kept
}
