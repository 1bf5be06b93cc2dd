//! What was noticed of records on their way, beside what became of them: it changes nothing, and tells which undocumented
//! choices touched a run.

/// What was noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// A value of a partition key was no text.
    pub has_other_kinds: bool,
    /// A value of a partition key has a `/` in it.
    pub has_slashes: bool,
    /// Two partitions were active at one time that have one evaluated prefix.
    pub shares_prefix: bool,
    /// A record came to the format conversion.
    pub converts: bool,
    /// A record that came to the format conversion held several objects.
    pub has_several_objects: bool,
    /// A record failed in the format conversion since it was an array.
    pub has_arrays: bool,
    /// A bit for each entry of `ColumnToJsonKeyMappings` that a record had the key of, for the first 64.
    pub mappings: u64,
}

impl Noticed {
    /// Adds what was noticed elsewhere.
    pub fn join(&mut self, other: Noticed) {
        self.has_other_kinds |= other.has_other_kinds;
        self.has_slashes |= other.has_slashes;
        self.shares_prefix |= other.shares_prefix;
        self.converts |= other.converts;
        self.has_several_objects |= other.has_several_objects;
        self.has_arrays |= other.has_arrays;
        self.mappings |= other.mappings;
    }
}
