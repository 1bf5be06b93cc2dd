//! Keys of records that no column takes: they are left out of rows without a word, so that a run says it.

use std::collections::BTreeMap;

use super::{trace::SamplePlace, warnings::Remark};
use crate::{
    model::destination::request::LeftOut,
    pipeline::{Kept, plan::Plan},
};

/// Keys that are kept by themselves.
const MOST_KEYS: usize = 100;

/// Keys that are warned of by themselves.
const SHOWN: usize = 8;

/// The keys of a run that no column takes.
#[derive(Debug, Default)]
pub(super) struct LeftOutKeys {
    keys: BTreeMap<LeftOut, (u64, Option<SamplePlace>)>,
}

impl LeftOutKeys {
    /// Nothing yet; `None` for a destination that leaves nothing out.
    pub(super) fn of(plan: &Plan) -> Option<LeftOutKeys> {
        plan.requests()?.may_leave_out().then(LeftOutKeys::default)
    }

    /// A record goes into a buffer.
    pub(super) fn add(&mut self, kept: &Kept, place: Option<&SamplePlace>, plan: &Plan) {
        let Some(requests) = plan.requests() else { return };
        for key in requests.leaves_out(&kept.record, &kept.key) {
            if let Some((rows, _)) = self.keys.get_mut(&key) {
                *rows += 1;
            } else if self.keys.len() < MOST_KEYS {
                self.keys.insert(key, (1, place.cloned()));
            }
        }
    }

    /// What the user should know.
    pub(super) fn warnings(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut warn = |id, message, help: &str| {
            remarks.push(Remark { id, message, help: Some(help.to_owned()) });
        };
        let by_case = self.keys.iter().filter_map(|(key, seen)| Some((key, key.nearly.as_ref()?, seen)));
        for (LeftOut { table, key, .. }, column, (rows, place)) in by_case.take(SHOWN) {
            let message = format!(
                "`{key}` is left out of {} of {table}{}: letter case counts, and the column is `{column}`",
                counted(*rows),
                at(place)
            );
            warn("key-case", message, "write the key as the column is written");
        }
        let others: Vec<_> = self.keys.iter().filter(|(key, _)| key.nearly.is_none()).collect();
        if !others.is_empty() {
            let shown = others.iter().take(SHOWN).map(|(LeftOut { table, key, .. }, (rows, place))| {
                format!("`{key}` ({} of {table}{})", counted(*rows), at(place))
            });
            let mut message =
                format!("keys without a column are left out: {}", shown.collect::<Vec<_>>().join(", "));
            if let Some(more) = others.len().checked_sub(SHOWN + 1) {
                message += &format!(" and {} more", more + 1);
            }
            warn("left-out-keys", message, "add columns for those that you want to keep");
        }
        remarks
    }
}

fn at(place: &Option<SamplePlace>) -> String {
    place.as_ref().map_or_else(String::new, |place| format!(", first in {place}"))
}

fn counted(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}
