//! Puts on their way to the stream: late ones, repeated ones, those over the stream's throughput, and what refused them.

use std::{cell::Cell, ops::Range, time::Duration};

use super::{
    SimulationError, aggregates,
    failures::{Example, FailureGroup, excerpt},
    run::Run,
    samples::SampleForm,
    trace::SamplePlace,
    warnings::THROTTLED_HELP,
};
use crate::{
    foundation::{
        record::{PutCalls, RecordBatch, RecordSpan},
        timestamp::Timestamp,
    },
    model::{limits, record_origin::SourcePlace},
    pipeline::{Input, ingest::Refused, prepare::Prepared},
};

/// Where the records of a batch stand in the input.
#[derive(Clone, Debug)]
pub(super) struct Source<'a> {
    /// The file.
    pub(super) file: &'a str,
    /// Its number.
    pub(super) input: usize,
    /// Its lines (or values) before the batch.
    pub(super) units: u64,
    /// Lines of the file before the batch, and those of its records in it, where they are not lines themselves.
    pub(super) lines: (u64, &'a [u32]),
    /// Records of the whole input before the batch.
    pub(super) records: u64,
    /// Up to which byte of the batch lines were counted, and how many there are.
    pub(super) counted: Cell<(usize, u64)>,
}

/// A put that is under way.
pub(super) struct Putting {
    /// Arrivals before it.
    pub(super) before: u64,
    /// Where its first record stands.
    pub(super) first: SamplePlace,
    /// The lines of the others.
    pub(super) more: Vec<Option<u64>>,
}

/// A put that comes late.
pub(super) struct LatePut {
    prepared: Prepared,
    places: Vec<SamplePlace>,
    input: usize,
    times: usize,
}

impl Run<'_> {
    /// Puts one call of a batch at its moment, or lets it come later or twice, as the scenario says.
    pub(super) fn arrive(
        &mut self,
        prepared: &Prepared,
        call: Range<usize>,
        source: &Source<'_>,
        at: Timestamp,
    ) -> Result<(), SimulationError> {
        if call.end > call.start && prepared.is_left(call.end - 1) {
            // The rest of this call would have taken too much memory to be prepared ahead.
            let options = &self.simulation.options;
            let places: Vec<_> =
                call.clone().map(|index| place(prepared, index, source, options.form)).collect();
            let own = self.shop.plan.prepare_all(copy(&prepared.batch, call.clone()));
            let own = own.with_places(places_of(prepared, call));
            return self.arrive_at(&own, 0..places.len(), source.input, &|index| places[index].clone(), at);
        }
        let form = self.simulation.options.form;
        let place = |index| place(prepared, index, source, form);
        self.arrive_at(prepared, call, source.input, &place, at)
    }

    fn arrive_at(
        &mut self,
        prepared: &Prepared,
        call: Range<usize>,
        input: usize,
        place: &dyn Fn(usize) -> SamplePlace,
        at: Timestamp,
    ) -> Result<(), SimulationError> {
        let number = self.puts;
        self.puts += 1;
        self.first.get_or_insert(at);
        let options = &self.simulation.options;
        let Some(disturbance) = &options.script.disturbance else {
            return self.put(prepared, call, input, place, at);
        };
        self.let_late_ones_in(Some(at))?;
        let times = 1 + usize::from(disturbance.is_repeated(options.seed, number));
        self.tally.seen.repeated += times as u64 - 1;
        if let Some(delay) = disturbance.delay(options.seed, number) {
            self.tally.seen.late += 1;
            let places: Vec<_> = call.clone().map(place).collect();
            self.tell_of_delay(&places, delay, at);
            let own = self.shop.plan.prepare_all(copy(&prepared.batch, call.clone()));
            let prepared = own.with_places(places_of(prepared, call));
            let late = LatePut { prepared, places, input, times };
            self.late.insert((at.saturating_add(delay), number), late);
            return Ok(());
        }
        for _ in 0..times {
            self.put(prepared, call.clone(), input, place, at)?;
        }
        Ok(())
    }

    /// Makes the late puts that are due by `until`, or all of them.
    pub(super) fn let_late_ones_in(&mut self, until: Option<Timestamp>) -> Result<(), SimulationError> {
        while let Some(first) = self.late.first_entry() {
            let at = first.key().0;
            if until.is_some_and(|until| at > until) {
                break;
            }
            let LatePut { prepared, places, input, times } = first.remove();
            for _ in 0..times {
                self.put(&prepared, 0..places.len(), input, |index| places[index].clone(), at)?;
            }
        }
        Ok(())
    }

    fn put(
        &mut self,
        prepared: &Prepared,
        call: Range<usize>,
        input: usize,
        place: impl Fn(usize) -> SamplePlace,
        at: Timestamp,
    ) -> Result<(), SimulationError> {
        self.advance(at)?;
        self.now = at;
        let records = call.len();
        let batch = &prepared.batch;
        let taken = match &mut self.throttle {
            // A request of too many records is refused as such, whatever the throughput.
            Some(throttle) if records <= limits::MOST_RECORDS_IN_REQUEST => {
                throttle.take(batch.spans[call.clone()].iter().map(|span| u64::from(span.len)), at)
            }
            _ => records,
        };
        let before = self.pipeline.ledger().arrivals();
        if !self.observer.is_idle() {
            for (offset, index) in call.clone().enumerate() {
                let (arrival, place, bytes) = (before + offset as u64 + 1, place(index), batch.record(index));
                if self.observer.meets(arrival, &place, input == 0, bytes) {
                    self.pipeline.watch(arrival);
                }
                if self.observer.is_traced(place.record) {
                    let together = match records {
                        1 => String::new(),
                        records => format!(", in a request of {records} records"),
                    };
                    let apart = aggregates::told(&self.shop.plan, prepared, index);
                    self.observer.came_apart(arrival, prepared.piece_count(index..index + 1));
                    let message = format!("{place} is put: {} bytes{together}{apart}", bytes.len());
                    self.observer.tell(at, "put", message);
                }
            }
        }
        let (let_in, over) = (call.start..call.start + taken, call.start + taken..call.end);
        if !let_in.is_empty() {
            self.tally.seen.aggregates.note(&self.shop.plan, prepared, let_in.clone());
            if self.may_fail() {
                self.pipeline.watch_openings();
            }
            let is_asked_for = self.may_fail() || self.fails_in(prepared, let_in.clone());
            let lines = |records: Range<usize>| records.map(|index| place(index).line).collect();
            self.putting = is_asked_for.then(|| Putting {
                before,
                first: place(call.start),
                more: lines(call.start + 1..call.end),
            });
            if let Some(calls) = &mut self.calls {
                let places = let_in.clone().map(&place);
                calls.places.extend((before + 1..).zip(places));
            }
            let refused = self.pipeline.refused();
            self.pipeline.handle(Input::Put(prepared, let_in.clone()), at);
            if let Some((reason, message, help)) = why_refused(refused, self.pipeline.refused()) {
                self.refuse(before, reason, message, help, prepared, let_in, &place);
            }
        }
        if !over.is_empty() {
            let count = over.len() as u64;
            self.pipeline.handle(Input::Throttled(count), at);
            self.tally.seen.throttled += count;
            let message = "the stream was over its throughput (ServiceUnavailableException: Slow down.)";
            let before = before + taken as u64;
            self.refuse(before, "throttled", message, THROTTLED_HELP, prepared, over, &place);
        }
        self.outputs()
    }

    #[expect(clippy::too_many_arguments, reason = "one refusal, told to two listeners")]
    fn refuse(
        &mut self,
        before: u64,
        reason: &'static str,
        message: &str,
        help: &'static str,
        prepared: &Prepared,
        records: Range<usize>,
        place: &impl Fn(usize) -> SamplePlace,
    ) {
        let (count, first) = (records.len() as u64, records.start);
        // The record that is to blame: the largest, where size is the reason.
        let largest =
            || records.clone().max_by_key(|index| prepared.batch.record(*index).len()).unwrap_or(first);
        self.tally.failures.add(reason, message, count, || {
            let index = if reason == "record-too-large" { largest() } else { first };
            let text = excerpt(prepared.batch.record(index));
            FailureGroup {
                reason: reason.into(),
                outcome: "rejected",
                records: 0,
                message: message.to_owned(),
                example: Example { place: Some(place(index)), object: None, text },
                said: None,
                help,
            }
        });
        if !self.observer.is_idle() {
            for arrival in before + 1..=before + count {
                self.observer.rejected(arrival, self.now, message);
            }
        }
    }

    fn tell_of_delay(&mut self, places: &[SamplePlace], delay: Duration, at: Timestamp) {
        if let Some(place) = places.iter().find(|place| self.observer.is_traced(place.record)) {
            // As the clock has it: in milliseconds.
            let late = at.saturating_add(delay).as_millis() - at.as_millis();
            let message =
                format!("{place} comes {}.{:03} s late, as the scenario says", late / 1000, late % 1000);
            self.observer.tell(at, "put", message);
        }
    }
}

/// Which counter grew.
fn why_refused(before: Refused, after: Refused) -> Option<(&'static str, &'static str, &'static str)> {
    if after.record_too_large > before.record_too_large {
        let message = "a record is larger than the source takes, or stands in one request with such a record";
        return Some(("record-too-large", message, "split or compress such records before they are put"));
    }
    if after.too_many_records > before.too_many_records {
        let message = "more than 500 records in one request";
        return Some(("too-many-records", message, "put at most 500 records in one PutRecordBatch"));
    }
    (after.request_too_large > before.request_too_large).then_some((
        "request-too-large",
        "more than 4,194,304 bytes in one request",
        "put at most 4 MiB in one PutRecordBatch",
    ))
}

/// Where record `index` of a batch stands.
fn place(prepared: &Prepared, index: usize, source: &Source<'_>, form: SampleForm) -> SamplePlace {
    let record = source.records + index as u64 + 1;
    let line = matches!(form, SampleForm::Jsonl | SampleForm::Text).then(|| {
        let start = prepared.batch.spans[index].start as usize;
        let (mut at, mut lines) = source.counted.get();
        if start < at {
            (at, lines) = (0, 0);
        }
        let between = prepared.batch.bytes.get(at..start).unwrap_or_default();
        lines += memchr::memchr_iter(b'\n', between).count() as u64;
        source.counted.set((start, lines));
        source.units + lines + 1
    });
    let (before, lines) = source.lines;
    let line = line.or_else(|| Some(before + u64::from(*lines.get(index)?) + 1));
    SamplePlace { record, file: source.file.to_owned(), line }
}

/// What the samples say of the places in the source of one call's records.
fn places_of(prepared: &Prepared, call: Range<usize>) -> Vec<SourcePlace> {
    let end = call.end.min(prepared.places.len());
    prepared.places.get(call.start..end).unwrap_or_default().to_vec()
}

/// A batch of one call's records alone.
fn copy(batch: &RecordBatch, call: Range<usize>) -> RecordBatch {
    let mut bytes = Vec::new();
    let spans: Vec<RecordSpan> = call
        .map(|index| {
            let start = bytes.len() as u32;
            bytes.extend_from_slice(batch.record(index));
            RecordSpan { start, len: batch.spans[index].len }
        })
        .collect();
    let calls = PutCalls::Ends(vec![spans.len() as u32]);
    RecordBatch { bytes, spans, calls }
}
