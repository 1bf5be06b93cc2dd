//! Records that arrive: from a put, or a read of the source, to the buffers and the function.

use std::{ops::Range, sync::Arc};

use super::{
    Arriving, Pipeline,
    buffers::Place,
    invocation,
    ledger::{Custody, Outcome},
    prepare::{Piece, Prepared},
};
use crate::{
    foundation::timestamp::Timestamp,
    model::{
        destination::contract::Lane,
        kpl::UserRecord,
        record_origin::{RecordOrigin, SourcePlace, Way},
    },
};

impl Pipeline {
    pub(super) fn put(&mut self, prepared: &Prepared, call: Range<usize>, now: Timestamp) {
        let records = call.len() as u64;
        let mut arrival = self.ledger.arrivals();
        if self.ingest.accept(&prepared.batch, call.clone()).is_err() {
            self.ledger.reject(records);
            return;
        }
        self.noticed.join(prepared.noticed);
        let mut custody = self.ledger.admit(records, prepared.piece_count(call.clone()));
        let backup = self.plan.contract().backup.is_some();
        let tells_origins = self.plan.tells_origins();
        for index in call {
            arrival += 1;
            let is_watched = !self.watched.is_empty() && self.watched.remove(&arrival);
            self.arriving = Arriving { number: arrival, piece: 0, is_watched, at: now };
            let place = prepared.places.get(index);
            let source = &self.plan.stream().source;
            let way = source.way(place, self.turn, self.plan.shards(), self.plan.channels());
            self.turn += 1;
            let (record, users) = (prepared.batch.record(index), prepared.user_records(index));
            let (mut from, mut key) = (None, None);
            for (part, piece) in prepared.pieces(index) {
                let user = users.get(part as usize);
                if tells_origins && from != Some(part) {
                    self.origin = Some(Arc::new(origin(record, user, &mut key, part, (place, way))));
                    from = Some(part);
                }
                self.piece(prepared.put(index, part), piece, way.channel, custody.split(1), now);
                self.arriving.piece += 1;
            }
            if backup {
                match users {
                    [] => self.back_up(record, way.channel, now),
                    users => users
                        .iter()
                        .for_each(|user| self.back_up(&record[user.data.clone()], way.channel, now)),
                }
            }
        }
        if self.plan.function().is_some_and(|function| function.hints.is_zero_buffering()) {
            self.invoke_all();
        }
        self.seal_unbuffered(now);
    }

    /// Copies an untransformed record; backups are never partitioned.
    fn back_up(&mut self, record: &[u8], channel: u32, now: Timestamp) {
        let place = Place { lane: Lane::Backup, channel, failure: None, key: Default::default() };
        self.add(place, record, Custody::none(), now);
        self.ledger.note_backup_copies(1);
    }

    fn piece(&mut self, put: &[u8], piece: Piece<'_>, channel: u32, custody: Custody, now: Timestamp) {
        match piece {
            Piece::Record(record, key, notes) => {
                let raw = self.plan.stream().destination.processing().raw(put, record);
                match self.plan.function() {
                    Some(_) => self.queue(raw, record, channel, custody, now),
                    None => self.keep(raw, (record, notes), key, channel, custody, now),
                }
            }
            Piece::Failed(raw, failure) => self.fail(raw, failure, custody, now),
            Piece::Dropped => {
                self.tell(0, invocation::Step::CameToNothing);
                self.ledger.settle(custody, Outcome::Dropped);
            }
        }
    }
}

/// Where a record stands in its source. CHOICE: a user record of an aggregated one is told with its own partition key, and
/// with the shard and sequence number of the whole.
fn origin(
    record: &[u8],
    user: Option<&UserRecord>,
    last: &mut Option<(usize, Arc<str>)>,
    subsequence: u32,
    (place, way): (Option<&SourcePlace>, Way),
) -> RecordOrigin {
    let own = user.map(|user| {
        let range = user.partition_key.clone();
        // Most records have the key of their predecessor.
        let (_, key) = match last.take().filter(|(start, _)| *start == range.start) {
            Some(same) => last.insert(same),
            None => last.insert((range.start, String::from_utf8_lossy(&record[range]).into())),
        };
        Arc::clone(key)
    });
    RecordOrigin {
        shard: way.shard,
        subsequence,
        partition_key: own.or_else(|| place?.partition_key.clone()),
        number: place.and_then(|place| place.number.clone()),
    }
}
