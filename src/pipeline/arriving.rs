//! Records that arrive: from a put, or a read of the source, to the buffers and the function.

use std::{ops::Range, sync::Arc};

use super::{
    Arriving, Pipeline,
    buffers::Place,
    invocation,
    ledger::{Custody, Outcome},
    prepare::{Piece, Prepared},
};
use crate::{foundation::timestamp::Timestamp, model::destination::contract::Lane};

impl Pipeline {
    pub(super) fn put(&mut self, prepared: &Prepared, call: Range<usize>, now: Timestamp) {
        let records = call.len() as u64;
        let mut arrival = self.ledger.arrivals();
        if self.ingest.accept(&prepared.batch, call.clone()).is_err() {
            self.ledger.reject(records);
            return;
        }
        let mut custody = self.ledger.admit(records, prepared.piece_count(call.clone()));
        let backup = self.plan.contract().backup.is_some();
        for index in call {
            arrival += 1;
            let is_watched = !self.watched.is_empty() && self.watched.remove(&arrival);
            self.arriving = Arriving { number: arrival, piece: 0, is_watched, at: now };
            let channel = (self.turn % u64::from(self.plan.channels())) as u32;
            self.turn += 1;
            for piece in prepared.pieces(index) {
                self.piece(prepared.batch.record(index), piece, channel, custody.split(1), now);
                self.arriving.piece += 1;
            }
            if backup {
                // The untransformed record; backups are never partitioned.
                let place = Place { lane: Lane::Backup, channel, failure: None, key: Default::default() };
                self.add(place, prepared.batch.record(index), Custody::none(), now);
                self.ledger.note_backup_copies(1);
            }
        }
        if self.plan.function().is_some_and(|function| function.hints.is_zero_buffering()) {
            self.invoke_all();
        }
        self.seal_unbuffered(now);
    }

    fn piece(&mut self, put: &[u8], piece: Piece<'_>, channel: u32, custody: Custody, now: Timestamp) {
        let plan = Arc::clone(&self.plan);
        match piece {
            Piece::Record(record, key) => {
                let raw = plan.stream().destination.processing().raw(put, record);
                match plan.function() {
                    Some(function) => self.queue(function, raw, record, channel, custody, now),
                    None => self.keep(raw, record, key, channel, custody, now),
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
