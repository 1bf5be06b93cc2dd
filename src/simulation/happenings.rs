//! What the machine tells, as it happens: kept, counted, followed and carried out.

use std::{ops::Range, sync::Arc};

use super::{
    Bodies, SimulationError,
    failures::{self, Example, FailureGroup, excerpt},
    puts::Putting,
    remedies,
    requests::AttemptEnd,
    run::{Completion, Flying, Run},
    trace::SamplePlace,
};
use crate::{
    foundation::timestamp::Timestamp,
    model::{
        destination::contract::{Lane, Step},
        processor::lambda_response::is_malformed_response,
    },
    pipeline::{
        Ended, FailedRecord, Output, RequestId, arrival_runs::ArrivalRuns, buffers::SealedBuffer,
        ledger::Outcome, prepare::Prepared,
    },
};

impl Run<'_> {
    pub(super) fn outputs(&mut self) -> Result<(), SimulationError> {
        while let Some(output) = self.pipeline.poll_output() {
            match output {
                Output::Took(Lane::Destination, arrivals) => self.note_latencies(&arrivals, self.now),
                Output::Took(..) => {}
                Output::Kept(kept) => {
                    let place = self.place_of(kept.arrival);
                    if let Some(left_out) = &mut self.left_out {
                        left_out.add(&kept, place.as_ref(), &self.shop.plan);
                    }
                    if let (Some(documents), Some(requests)) =
                        (&mut self.documents, self.shop.plan.requests())
                    {
                        documents.add(&kept, place, requests);
                    }
                }
                Output::Moved(moved) => self.observer.moved(&moved, self.now),
                Output::Joined(joined) => {
                    self.observer.joined(&joined, self.now);
                    if let Some(place) = self.place_of(joined.arrival).filter(|_| joined.is_first) {
                        self.firsts.insert(joined.buffer, place);
                    }
                }
                Output::Failed(failed) => self.failed(&failed),
                Output::Invoke(id, event) => self.call(id, &event)?,
                Output::Passed(passed) => self.observer.passed(&passed, self.now),
                Output::Parked(parked) => {
                    self.tally.look_at_parked(&parked);
                    if self.shop.bodies != Bodies::None {
                        self.shop.parking.park(parked.buffer, &parked.bytes)?;
                    }
                }
                Output::Sealed(sealed) => {
                    self.tally.look_at_line_ends(&sealed);
                    self.take_off(&sealed)?;
                    self.manifest_mut()?.sealed(&sealed);
                    if self.shop.bodies == Bodies::None {
                        let encoded = self.shop.encode(&sealed)?;
                        self.manifest_mut()?.encoded(sealed.id, encoded);
                    } else {
                        self.board.submit(sealed, self.keep_on())?;
                    }
                }
                Output::Write(request, lane) => self.attempt(request, lane)?,
                Output::Ended(ended) => self.ended(&ended)?,
            }
        }
        Ok(())
    }

    /// Makes one attempt to write, and lets it end at its time.
    fn attempt(&mut self, request: RequestId, lane: Lane) -> Result<(), SimulationError> {
        let is_request = self.is_request(request);
        let is_retry = request.attempt > 1;
        self.tally.seen.retried |= is_retry && !is_request;
        self.tally.seen.requests_retried |= is_retry && is_request;
        let AttemptEnd { took, result, error } =
            if is_request { self.send(request)? } else { self.write(request, lane) };
        let at = self.now.saturating_add(took);
        self.observer.written(request, error.as_deref(), at);
        if let Some(error) = error {
            let seen = &mut self.tally.seen;
            let errors = if is_request { &mut seen.request_errors } else { &mut seen.write_errors };
            *errors.entry(error).or_default() += 1;
        }
        self.complete(at, Completion::Written(request, result));
        self.attempts += 1;
        Ok(())
    }

    /// Counts what became of a buffer, and lets go of what was kept about it.
    fn ended(&mut self, ended: &Ended) -> Result<(), SimulationError> {
        if ended.outcome == Outcome::Delivered {
            self.note_latencies(&ended.arrivals, ended.at);
        }
        let flying = self.flying.remove(&ended.buffer);
        self.firsts.remove(&ended.buffer);
        self.documents.iter_mut().for_each(|documents| documents.forget(ended.buffer));
        self.observer.ended(ended, flying.as_ref().and_then(|flying| flying.heads.last()));
        let records = ended.arrivals.iter().map(|(_, records)| records).sum();
        if ended.outcome == Outcome::Lost && ended.lane != Lane::Backup {
            let refusal = ended.refusal.as_ref().filter(|_| ended.failed == 0);
            self.tally.seen.lost.add(ended.lane, records, refusal);
        }
        if ended.failed > 0 {
            self.tally.not_taken(ended, ended.failed, flying);
        } else if ended.outcome == Outcome::Lost && ended.lane == Lane::Destination {
            match &ended.refusal {
                Some(_) => self.tally.not_taken(ended, records, flying),
                None => self.tally.lost(records, flying),
            }
        } else if ended.outcome == Outcome::Lost && ended.lane == Lane::Error {
            self.tally.lost(records, flying);
        }
        self.manifest_mut()?.ended(ended);
        Ok(())
    }

    /// Counts a record that failed before it was delivered, and keeps the first of each code.
    fn failed(&mut self, failed: &FailedRecord) {
        self.observer.failed(failed, self.now);
        let place = self.place_of(failed.arrival);
        let said = self.calls.as_ref().and_then(|calls| calls.said.clone());
        let help = remedies::of_record(failed, said.as_ref());
        let reason = failed.code.clone();
        self.tally.seen.malformed_responses |= is_malformed_response(&failed.code, &failed.message);
        *self.tally.seen.failed.entry(reason.to_string()).or_default() += 1;
        self.tally.failures.add(reason.clone(), &failed.message, 1, || FailureGroup {
            reason: reason.into(),
            outcome: failures::outcome(failed.kind),
            records: 0,
            message: failed.message.clone(),
            example: Example { place, object: None, text: excerpt(&failed.start) },
            said,
            help,
        });
    }

    /// Whether writes may fail, so that examples of lost records may be asked for.
    pub(super) fn may_fail(&self) -> bool {
        let options = &self.simulation.options;
        !options.script.faults.is_empty()
            || !options.script.answers.is_empty()
            || !options.faults.writes.is_empty()
    }

    /// Whether a record of this put fails, or may open one partition too many, so that its place will be told.
    pub(super) fn fails_in(&self, prepared: &Prepared, records: Range<usize>) -> bool {
        let partitions = self.pipeline.active_partitions() + records.len();
        self.shop.plan.requests().is_some()
            || partitions > self.shop.plan.active_partitions() as usize
            || prepared.has_failed(records)
    }

    /// Where the record stands that arrives as number `arrival`, if it is of the put under way.
    fn place_of(&self, arrival: u64) -> Option<SamplePlace> {
        if let Some(place) = self.calls.as_ref().and_then(|calls| calls.places.get(&arrival)) {
            return Some(place.clone());
        }
        let Putting { before, first, more } = self.putting.as_ref()?;
        let offset = arrival.checked_sub(before + 1)?;
        let line = match offset.checked_sub(1) {
            None => first.line,
            Some(further) => more.get(further as usize).copied().flatten(),
        };
        Some(SamplePlace { record: first.record + offset, line, file: first.file.clone() })
    }

    /// Keeps what is asked about an object while it is on its way.
    fn take_off(&mut self, sealed: &Arc<SealedBuffer>) -> Result<(), SimulationError> {
        let place = self.firsts.remove(&sealed.id);
        let is_requested = self.shop.plan.steps(sealed.lane).contains(&Step::Request);
        if !is_requested && !self.may_fail() && !self.observer.follows(sealed.id) {
            return Ok(());
        }
        let heads = self.shop.plan.heads(sealed)?;
        self.observer.sealed(sealed, &heads);
        let end = sealed.ends.first().map_or(0, |end| *end as usize);
        let text = excerpt(sealed.bytes.get(..end).unwrap_or_default());
        let sealed_id = sealed.id;
        let sealed = is_requested.then(|| Arc::clone(sealed));
        self.flying.insert(sealed_id, Flying { heads, sealed, place, text, is_blamed: false });
        Ok(())
    }

    fn note_latencies(&mut self, arrivals: &ArrivalRuns, at: Timestamp) {
        let at = at.as_millis();
        for (arrival, records) in arrivals.iter() {
            self.latencies.add(at.saturating_sub(arrival).unsigned_abs(), records);
        }
    }
}
