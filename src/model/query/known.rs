//! Results of a query that were found before: partition keys repeat, and a result depends on nothing but the members that
//! the query looks at.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::KeyText;

/// Most results that are kept.
const MOST: usize = 2_048;
/// Longest members, in bytes together, whose results are kept.
const LONGEST: usize = 256;

type Values = Result<Vec<Option<KeyText>>, String>;

/// A bounded number of results, by the texts of the members. Once it is full, nothing is added.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<BTreeMap<Vec<u8>, Values>>);

impl Known {
    /// The result for these members: one that was found before, or a new one.
    pub(super) fn get_or_find(
        &self,
        keys: &[Box<str>],
        members: &[Option<&str>],
        find: impl FnOnce() -> Values,
    ) -> Values {
        let length: usize = members.iter().flatten().map(|text| text.len() + 2).sum();
        if length > LONGEST {
            return find();
        }
        // No byte of well-formed JSON is zero, so that texts can't run into each other.
        let mut place = Vec::with_capacity(length + keys.len());
        for text in members {
            if let Some(text) = text {
                place.push(1);
                place.extend_from_slice(text.as_bytes());
            }
            place.push(0);
        }
        for key in keys {
            place.extend_from_slice(key.as_bytes());
            place.push(0);
        }
        if let Some(known) = self.lock().get(&place) {
            return known.clone();
        }
        let found = find();
        let mut known = self.lock();
        // Long results and errors are rare.
        let is_short =
            matches!(&found, Ok(values) if values.iter().flatten().all(|value| value.text.len() <= LONGEST));
        if is_short && known.len() < MOST {
            known.insert(place, found.clone());
        }
        found
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Vec<u8>, Values>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
