//! Records that a destination did not take: their error documents, and what else comes of an attempt.

use std::sync::Arc;

use super::{
    Arriving, FailedRecord, Moved, Output, Pipeline,
    buffers::{Place, Sealed, SealedBuffer, SealedBy},
    deliveries::{NotTaken, Progress},
    encode::objects_of,
    ledger::{Custody, Outcome},
};
use crate::{
    foundation::timestamp::Timestamp,
    model::{
        destination::{
            contract::{GiveUp, Lane},
            request::{Listing, Refusal, UndeliveredRecord},
        },
        failure::{FailureKind, object_document},
        partition_key::PartitionKey,
        record_number::RecordNumber,
    },
};

impl Pipeline {
    /// What came of an attempt: records that were taken, failed ones, the next attempt, the end.
    pub(super) fn progress(&mut self, progress: Progress, now: Timestamp) {
        let Progress { taken, failed, next, over } = progress;
        if let Some((custody, arrivals)) = taken {
            self.ledger.settle(custody, Outcome::Delivered);
            self.outputs.push_back(Output::Took(Lane::Destination, arrivals));
        }
        if let Some(failed) = failed {
            self.fail_delivery(failed, now);
        }
        if let Some((request, lane)) = next {
            self.outputs.push_back(Output::Write(request, lane));
        }
        self.end(over, now);
    }

    /// Puts the error documents of records that the destination did not take into the error lane.
    fn fail_delivery(&mut self, failed: NotTaken, now: Timestamp) {
        let NotTaken { sealed, error_output_type, records, mut custody, attempts, ended, known } = failed;
        let plan = Arc::clone(&self.plan);
        // Names of objects that were written before; a prefix that could not be evaluated has written none.
        let objects = plan.heads(&sealed).map(|heads| objects_of(&heads)).unwrap_or_default();
        let batch = plan.batch(&sealed, objects, None);
        if let Some(listing) = plan.requests().and_then(|requests| requests.left_behind(&batch)) {
            self.leave_behind(&sealed, listing, error_output_type, custody, known, now);
            return;
        }
        for (index, refusal) in records {
            let record = batch.record(index);
            let undelivered = UndeliveredRecord {
                bytes: record.bytes,
                id: batch.record_id(index),
                arrival: record.arrival,
                attempts,
                ended,
                refusal: &refusal,
                stream: plan.stream(),
            };
            let line = match plan.requests() {
                Some(requests) => requests.document(&undelivered),
                None => object_document(&undelivered, plan.delimiter(Lane::Destination)),
            };
            let arrival = known.iter().find(|(other, _)| *other == index).map(|(_, arrival)| *arrival);
            // Followed by moving from buffer to buffer, not by joining one anew.
            let at = Timestamp::from_millis(record.arrival).unwrap_or(ended);
            self.arriving = Arriving { number: arrival.unwrap_or(0), piece: 0, is_watched: false, at };
            let place = error_place(error_output_type, plan.error_key(&sealed.key));
            let to = self.add(place, &line, custody.split(1), now);
            if let Some(arrival) = arrival {
                self.buffers.know(to, arrival);
                self.outputs.push_back(Output::Moved(Moved { arrival, from: sealed.id, to }));
            }
        }
        self.seal_errors_at_once(now);
    }

    /// What is left of records that were given up is one object, which names those that hold them.
    fn leave_behind(
        &mut self,
        given_up: &SealedBuffer,
        listing: Listing,
        error_output_type: &'static str,
        custody: Custody,
        known: Vec<(u32, u64)>,
        now: Timestamp,
    ) {
        let id = self.buffers.next_id();
        let buffer = SealedBuffer {
            id,
            lane: Lane::Error,
            failure: Some(FailureKind::Destination(error_output_type)),
            // As many records as are given up, though it is their objects' names that are written.
            ends: vec![listing.body.len() as u32; given_up.ends.len()],
            bytes: listing.body.into(),
            parked: 0,
            key: given_up.key.clone(),
            opened_at: now,
            oldest_arrival: given_up.oldest_arrival,
            newest_arrival: given_up.newest_arrival,
            sealed_at: now,
            sealed_by: given_up.sealed_by,
            arrivals: Default::default(),
            keys: Default::default(),
            named: Some((listing.bucket, listing.key)),
            numbers: Vec::new(),
            notes: Default::default(),
        };
        for (_, arrival) in &known {
            self.outputs.push_back(Output::Moved(Moved { arrival: *arrival, from: given_up.id, to: id }));
        }
        let arrivals = given_up.arrivals.clone();
        self.send(Sealed { buffer, custody, arrivals, known });
    }

    /// A record that the destination refuses before it is buffered.
    pub(super) fn refuse(&mut self, record: &[u8], refusal: Refusal, custody: Custody, now: Timestamp) {
        let plan = Arc::clone(&self.plan);
        let (Some(requests), GiveUp::AfterRetries(retries)) = (plan.requests(), plan.contract().give_up)
        else {
            self.ledger.settle(custody, Outcome::Lost);
            return;
        };
        let line = requests.document(&UndeliveredRecord {
            bytes: record,
            id: RecordNumber { arrival: self.arriving.number, piece: self.arriving.piece, origin: None }
                .delivery_id(),
            arrival: self.arriving.at.as_millis(),
            attempts: 0,
            ended: now,
            refusal: &refusal,
            stream: plan.stream(),
        });
        self.outputs.push_back(Output::Failed(Box::new(FailedRecord {
            arrival: self.arriving.number,
            piece: self.arriving.piece,
            kind: FailureKind::Destination(retries.error_output_type),
            code: refusal.code,
            message: refusal.message,
            start: record[..record.len().min(FailedRecord::SHOWN)].to_vec(),
        })));
        let place = error_place(retries.error_output_type, PartitionKey::EMPTY);
        self.add(place, &line, custody, now);
    }

    /// Without deliberate buffering, error documents do not wait for the next put.
    fn seal_errors_at_once(&mut self, now: Timestamp) {
        if self.plan.hints(Lane::Error).is_zero_buffering() {
            self.seal_lane(Lane::Error, SealedBy::Interval, now);
        }
    }
}

fn error_place(error_output_type: &'static str, key: PartitionKey) -> Place {
    let failure = Some(FailureKind::Destination(error_output_type));
    Place { lane: Lane::Error, channel: 0, failure, key }
}
