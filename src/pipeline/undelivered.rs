//! Records that a destination did not take: their error documents, and what else comes of an attempt.

use std::sync::Arc;

use super::{
    Arriving, FailedRecord, Moved, Output, Pipeline,
    buffers::{Place, SealedBy},
    deliveries::{NotTaken, Progress},
    ledger::{Custody, Outcome},
};
use crate::{
    foundation::timestamp::Timestamp,
    model::{
        destination::{
            contract::{GiveUp, Lane},
            request::{Refusal, UndeliveredRecord},
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
        let batch = plan.batch(&sealed, Vec::new(), None);
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
            self.add(place.clone(), &line, custody.split(1), now);
            if let (Some(arrival), Some(to)) = (arrival, self.buffers.at(&place)) {
                self.buffers.know(&place, arrival);
                self.outputs.push_back(Output::Moved(Moved { arrival, from: sealed.id, to }));
            }
        }
        self.seal_errors_at_once(now);
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
