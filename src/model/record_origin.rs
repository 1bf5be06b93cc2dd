//! Where a record stands in the stream or topic that it was read from.
//!
//! Behaviour sheet, 2, 2.1 and 4.1. Kinesis assigns a record to a shard by the MD5 of its partition key, read as a
//! number of 128 bits, or by the explicit hash key that its producer gave (Kinesis API reference, `PutRecord`).

use std::sync::Arc;

#[cfg(feature = "simulate")]
use md5::{Digest, Md5};

use super::record_number::sequence_number;
#[cfg(feature = "simulate")]
use super::source::Source;
use crate::foundation::seed::{Purpose, Seed};

/// What a sample says of a record's place in its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePlace {
    /// The partition key of a record of Kinesis.
    pub partition_key: Option<Arc<str>>,
    /// The hash key that stands for the partition key's.
    pub explicit_hash_key: Option<u128>,
    /// The partition of the topic.
    pub partition: Option<u32>,
    /// The sequence number of a record of Kinesis, or the offset of one of a topic.
    pub number: Option<Arc<str>>,
}

/// Where a record stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordOrigin {
    /// The shard, or the partition of the topic, from 0.
    pub shard: u32,
    /// Its number inside an aggregated record, from 0.
    pub subsequence: u32,
    /// Its partition key, where that is known.
    pub partition_key: Option<Arc<str>>,
    /// Its sequence number or offset, where that is known.
    pub number: Option<Arc<str>>,
}

impl RecordOrigin {
    /// The sequence number; that of its arrival (CHOICE) where the sample has none.
    pub fn sequence_number(&self, arrival: u64) -> String {
        self.number.as_deref().map_or_else(|| sequence_number(arrival), str::to_owned)
    }

    /// The partition key; one that is drawn from the seed (CHOICE) where the sample has none.
    pub fn partition_key(&self, seed: Seed, arrival: u64) -> String {
        let drawn = || seed.uuid(Purpose::KinesisPartitionKey, arrival);
        self.partition_key.as_deref().map_or_else(drawn, str::to_owned)
    }

    /// The offset in the topic; counted in arrivals, from 0 (CHOICE), where the sample has none.
    pub fn offset(&self, arrival: u64) -> String {
        let counted = || arrival.saturating_sub(1).to_string();
        self.number.as_deref().map_or_else(counted, str::to_owned)
    }

    /// The shard as Kinesis names it.
    pub fn shard_id(&self) -> String {
        format!("shardId-{:012}", self.shard)
    }
}

/// The shard or partition that a record comes through, and which set of buffers takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The shard, or the partition of the topic, from 0.
    pub shard: u32,
    /// The set of buffers, from 0.
    pub channel: u32,
}

#[cfg(feature = "simulate")]
impl Source {
    /// The way of the record that arrives as number `turn`, from 0. `shards` and `channels` are at least 1.
    ///
    /// Hints hold for each shard or partition (behaviour sheet, 3). CHOICE: a record without a key goes to the shards in
    /// turn, as if its producer had given explicit hash keys; one without a partition to as many partitions as there are
    /// channels.
    pub fn way(&self, place: Option<&SourcePlace>, turn: u64, shards: u32, channels: u32) -> Way {
        let in_turn = |turn: u64, of: u32| (turn % u64::from(of)) as u32;
        match self {
            Source::DirectPut => Way { shard: 0, channel: in_turn(turn, channels) },
            Source::KinesisStream { .. } => {
                let shard = match place.and_then(hash_key) {
                    Some(key) => shard(key, shards),
                    None => in_turn(turn, shards),
                };
                let round = turn / u64::from(shards);
                Way { shard, channel: shard.saturating_mul(channels) + in_turn(round, channels) }
            }
            Source::Msk { .. } => {
                let named = place.and_then(|place| place.partition);
                let shard = named.unwrap_or_else(|| in_turn(turn, channels));
                Way { shard, channel: shard }
            }
        }
    }
}

#[cfg(feature = "simulate")]
fn hash_key(place: &SourcePlace) -> Option<u128> {
    let of_key = |key: &Arc<str>| u128::from_be_bytes(Md5::digest(key.as_bytes()).into());
    place.explicit_hash_key.or_else(|| place.partition_key.as_ref().map(of_key))
}

#[cfg(feature = "simulate")]
/// The shard whose range holds a hash key. CHOICE: the ranges are equal, as those of a new stream are; what is left of the
/// division belongs to the last one.
fn shard(hash_key: u128, shards: u32) -> u32 {
    if shards <= 1 {
        return 0;
    }
    let shards = u128::from(shards);
    // 2^128 / shards, which itself is no number of 128 bits.
    let width = u128::MAX / shards + u128::from(u128::MAX % shards == shards - 1);
    (hash_key / width).min(shards - 1) as u32
}

#[cfg(all(test, feature = "simulate"))]
mod tests {
    use super::*;

    fn kinesis() -> Source {
        Source::KinesisStream { arn: String::new() }
    }

    fn keyed(key: &str) -> SourcePlace {
        SourcePlace { partition_key: Some(key.into()), ..SourcePlace::default() }
    }

    #[test]
    fn the_ranges_of_shards_are_equal() {
        // Those that CreateStream gives two and three shards.
        let two = 170_141_183_460_469_231_731_687_303_715_884_105_728;
        assert_eq!([0, two - 1, two, u128::MAX].map(|key| shard(key, 2)), [0, 0, 1, 1]);
        let three = 113_427_455_640_312_821_154_458_202_477_256_070_485;
        assert_eq!([three - 1, three, 2 * three, u128::MAX].map(|key| shard(key, 3)), [0, 1, 2, 2]);
        assert_eq!(shard(u128::MAX, 1), 0);
    }

    #[test]
    fn a_partition_key_decides_by_its_md5_and_an_explicit_key_instead_of_it() {
        // md5("a") = 0cc175b9…, md5("b") = 92eb5ffe….
        let shard = |place: &SourcePlace| kinesis().way(Some(place), 7, 2, 1).shard;
        assert_eq!((shard(&keyed("a")), shard(&keyed("b"))), (0, 1));
        assert_eq!(shard(&SourcePlace { explicit_hash_key: Some(u128::MAX), ..keyed("a") }), 1);
    }

    #[test]
    fn what_says_nothing_goes_in_turn_and_channels_are_inside_shards() {
        let ways: Vec<(u32, u32)> =
            (0..4).map(|turn| kinesis().way(None, turn, 2, 2)).map(|way| (way.shard, way.channel)).collect();
        assert_eq!(ways, [(0, 0), (1, 2), (0, 1), (1, 3)]);
        let direct = Source::DirectPut.way(Some(&keyed("b")), 3, 2, 2);
        assert_eq!(direct, Way { shard: 0, channel: 1 });
        let topic = Source::Msk { arn: String::new(), topic: String::new() };
        let named = SourcePlace { partition: Some(9), ..SourcePlace::default() };
        assert_eq!(topic.way(Some(&named), 1, 1, 2), Way { shard: 9, channel: 9 });
        assert_eq!(topic.way(None, 1, 1, 2), Way { shard: 1, channel: 1 });
    }

    #[test]
    fn what_the_sample_says_beats_what_is_made_up() {
        let origin = RecordOrigin {
            number: Some("495".into()),
            partition_key: Some("p".into()),
            ..Default::default()
        };
        assert_eq!(
            (origin.sequence_number(7), origin.partition_key(Seed(0), 7)),
            ("495".to_owned(), "p".to_owned())
        );
        let unknown = RecordOrigin::default();
        assert_eq!(unknown.sequence_number(7), sequence_number(7));
        assert_eq!((unknown.offset(7), origin.offset(7)), ("6".to_owned(), "495".to_owned()));
        assert_eq!(RecordOrigin { shard: 6, ..unknown }.shard_id(), "shardId-000000000006");
    }
}
