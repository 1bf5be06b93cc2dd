//! The keys of the records of one buffer, where records of several keys share it: each key is kept once.

use std::collections::BTreeMap;

use super::partition_key::PartitionKey;

/// A key for each record, in order; without any, all records have the empty one.
#[derive(Clone, Debug, Default)]
pub struct RecordKeys {
    distinct: Vec<PartitionKey>,
    places: BTreeMap<PartitionKey, u32>,
    of: Vec<u32>,
}

impl RecordKeys {
    /// Adds the key of the next record.
    pub fn push(&mut self, key: &PartitionKey) {
        // Neighbours often have the same one.
        let last = self.of.last().copied().filter(|last| self.distinct.get(*last as usize) == Some(key));
        let place = last.or_else(|| self.places.get(key).copied()).unwrap_or_else(|| {
            let place = self.distinct.len() as u32;
            self.distinct.push(key.clone());
            self.places.insert(key.clone(), place);
            place
        });
        self.of.push(place);
    }

    /// The key of a record.
    pub fn get(&self, index: u32) -> &PartitionKey {
        const NONE: &PartitionKey = &PartitionKey::EMPTY;
        let place = self.of.get(index as usize);
        place.and_then(|place| self.distinct.get(*place as usize)).unwrap_or(NONE)
    }

    /// Those of some records, in the order of the indexes.
    pub fn pick(&self, indexes: impl Iterator<Item = u32>) -> RecordKeys {
        let mut picked = RecordKeys::default();
        if !self.of.is_empty() {
            indexes.for_each(|index| picked.push(self.get(index)));
        }
        picked
    }

    /// The records of each combination of values that these parts of the key have, in the order of their first records.
    pub fn groups(&self, parts: &[&str]) -> Vec<(PartitionKey, Vec<u32>)> {
        let mut groups: Vec<(PartitionKey, Vec<u32>)> = Vec::new();
        let mut known = BTreeMap::new();
        let mut group_of = Vec::with_capacity(self.distinct.len());
        for key in &self.distinct {
            let key = key.only(parts);
            let group = *known.entry(key.clone()).or_insert_with(|| {
                groups.push((key, Vec::new()));
                groups.len() - 1
            });
            group_of.push(group);
        }
        for (index, place) in (0_u32..).zip(&self.of) {
            groups[group_of[*place as usize]].1.push(index);
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(table: &str, operation: &str) -> PartitionKey {
        let pair = |name: &str, value: &str| (name.into(), value.into());
        PartitionKey::new(vec![pair("table", table), pair("operation", operation)])
    }

    #[test]
    fn records_are_grouped_by_parts_in_the_order_of_their_first_ones() {
        let mut keys = RecordKeys::default();
        let all = [key("b", "insert"), key("a", "insert"), key("b", "delete"), key("b", "insert")];
        all.iter().for_each(|key| keys.push(key));
        assert_eq!(keys.distinct.len(), 3);
        let groups = keys.groups(&["table"]);
        let shown: Vec<(&str, &[u32])> =
            groups.iter().map(|(key, of)| (key.value("table").unwrap(), &of[..])).collect();
        assert_eq!(shown, [("b", &[0, 2, 3][..]), ("a", &[1])]);
        let picked = keys.pick(groups[0].1.iter().copied());
        assert_eq!([picked.get(0), picked.get(1), picked.get(2)], [&all[0], &all[2], &all[3]]);
        assert_eq!((keys.get(9), RecordKeys::default().get(0)), (&PartitionKey::EMPTY, &PartitionKey::EMPTY));
    }
}
