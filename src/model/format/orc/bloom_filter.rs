//! Bloom filters as ORC has them: two halves of one hash of 64 bits stand for all hash functions.

use super::message::Message;

/// A filter over the values of one row group.
#[derive(Debug, Clone)]
pub(super) struct BloomFilter {
    words: Vec<u64>,
    function_count: u32,
}

impl BloomFilter {
    /// A filter for so many values, of which so large a share may be found by mistake.
    pub(super) fn new(values: usize, false_positives: f64) -> BloomFilter {
        let values = values.max(1) as f64;
        // A share of 0 can't be had; one of 1 needs no bits. Both ends stay within what memory holds.
        let share = false_positives.clamp(1e-9, 0.999);
        let ln_2 = std::f64::consts::LN_2;
        let bits = (-values * share.ln() / (ln_2 * ln_2)) as usize;
        let function_count = ((bits as f64 / values * ln_2).round() as u32).max(1);
        BloomFilter { words: vec![0; bits / 64 + 1], function_count }
    }

    fn add_hash(&mut self, hash: u64) {
        let (low, high) = (hash as i32, (hash >> 32) as i32);
        let bits = self.words.len() as u64 * 64;
        for function in 1..=self.function_count as i32 {
            let combined = low.wrapping_add(function.wrapping_mul(high));
            let combined = if combined < 0 { !combined } else { combined };
            let at = combined as u64 % bits;
            self.words[(at / 64) as usize] |= 1 << (at % 64);
        }
    }

    pub(super) fn add_number(&mut self, number: i64) {
        self.add_hash(number_hash(number));
    }

    pub(super) fn add_bytes(&mut self, bytes: &[u8]) {
        self.add_hash(bytes_hash(bytes));
    }

    pub(super) fn message(&self) -> Message {
        let bits: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Message::default().number(1, self.function_count.into()).bytes(3, &bits)
    }
}

/// Thomas Wang's hash of 64-bit integers, with arithmetic shifts.
fn number_hash(number: i64) -> u64 {
    let mut key = (!number).wrapping_add(number << 21);
    key ^= key >> 24;
    key = key.wrapping_add(key << 3).wrapping_add(key << 8);
    key ^= key >> 14;
    key = key.wrapping_add(key << 2).wrapping_add(key << 4);
    key ^= key >> 28;
    key.wrapping_add(key << 31) as u64
}

/// Half of Murmur3's 128 bits, in the variant of 64 that Hive made and ORC's specification names.
fn bytes_hash(bytes: &[u8]) -> u64 {
    const SEED: u64 = 104_729;
    let mix = |word: u64| {
        word.wrapping_mul(0x87c3_7b91_1142_53d5).rotate_left(31).wrapping_mul(0x4cf5_ad43_2745_937f)
    };
    let mut hash = SEED;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let word = word.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        hash = (hash ^ mix(word)).rotate_left(27).wrapping_mul(5).wrapping_add(0x52dc_e729);
    }
    let rest = words.remainder().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    if !words.remainder().is_empty() {
        hash ^= mix(rest);
    }
    hash ^= bytes.len() as u64;
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}
