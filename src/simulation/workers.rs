//! Pure stages on threads, results back in order, memory bounded.
//!
//! One board with the work to do and the work done. Encoding goes before parsing, so that the run loop, which waits for
//! room to hand over a sealed buffer, always gets it.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::{
    Bodies, SimulationError,
    output_folder::OutputFolder,
    parking::Parking,
    samples::{
        Chunk, ChunkReader, SampleError,
        parse::{Parsed, SampleRules, parse_asking},
    },
};
use crate::{
    foundation::record::{PutCalls, RecordBatch},
    model::{query, s3::PrefixFailure},
    pipeline::{BufferId, buffers::SealedBuffer, encode::Head, plan::Plan, prepare::Prepared},
};

/// Sealed bytes that may wait for encoding, or be encoded, at one time.
///
/// Two buffers of the largest size hint, so that two cores have work; bodies are written piece by piece and add nothing.
const IN_FLIGHT_BYTES: u64 = 258 << 20;

/// Bytes of a body that are digested and written at once.
const PIECE: usize = 256 << 10;

/// Where bodies of requests lie until they have their numbers; no result of a run.
const UNNUMBERED: &str = ".requests";

/// Sealed buffers that may, however small.
const IN_FLIGHT_BUFFERS: usize = 1_024;

/// Records of a chunk, ready for the machine.
pub(super) struct Batch {
    pub(super) input: usize,
    pub(super) offset: u64,
    pub(super) prepared: Prepared,
    /// What parsing found besides the records.
    pub(super) parsed: Parsed,
}

/// The payload of one step of a delivery, named and encoded.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) head: Head,
    pub(super) bytes_out: Option<u64>,
    pub(super) hash: Option<blake3::Hash>,
    /// Where it lies, below the output folder.
    pub(super) path: Option<String>,
}

/// A buffer with what became of its payload.
type Finished = (BufferId, Result<Vec<Encoded>, SimulationError>);

/// What all threads share and nobody changes.
pub(super) struct Shop {
    pub(super) plan: Arc<Plan>,
    pub(super) rules: SampleRules,
    pub(super) bodies: Bodies,
    pub(super) folder: Option<OutputFolder>,
    /// Where the rows of converted objects are kept, if they are.
    pub(super) rows: Option<PathBuf>,
    pub(super) parking: Parking,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<(u64, Chunk)>,
    batches: BTreeMap<u64, Batch>,
    read: u64,
    taken: u64,
    end: Option<Result<(), SampleError>>,
    sealed: VecDeque<Arc<SealedBuffer>>,
    encoded: Vec<Finished>,
    in_flight_bytes: u64,
    in_flight: usize,
    stop: bool,
    broken: bool,
}

/// The work to do and the work done.
pub(super) struct Board {
    state: Mutex<State>,
    changed: Condvar,
    window: u64,
}

impl Board {
    pub(super) fn new(workers: usize) -> Board {
        Board { state: Mutex::default(), changed: Condvar::new(), window: 2 * workers as u64 + 2 }
    }

    /// Reads all inputs, a few chunks ahead of the run loop. Runs on a thread of its own.
    pub(super) fn read(&self, mut reader: ChunkReader) {
        let _guard = BreakOnPanic(self);
        loop {
            let next = reader.next_chunk();
            let mut state = self.lock();
            match next {
                Ok(Some(chunk)) => {
                    while state.read - state.taken >= self.window && !state.stop {
                        state = self.wait(state);
                    }
                    let number = state.read;
                    state.read += 1;
                    state.chunks.push_back((number, chunk));
                }
                Ok(None) => state.end = Some(Ok(())),
                Err(error) => state.end = Some(Err(error)),
            }
            let is_over = state.stop || state.end.is_some();
            drop(state);
            self.changed.notify_all();
            if is_over {
                return;
            }
        }
    }

    /// Works until told to stop. Runs on each worker.
    pub(super) fn work(&self, shop: &Shop) {
        let _guard = BreakOnPanic(self);
        let mut state = self.lock();
        while !state.stop {
            if let Some(sealed) = state.sealed.pop_front() {
                drop(state);
                let (id, bytes) = (sealed.id, sealed.length());
                let encoded = shop.encode(&sealed);
                drop(sealed);
                state = self.lock();
                state.encoded.push((id, encoded));
                state.in_flight_bytes -= bytes;
                state.in_flight -= 1;
                self.changed.notify_all();
            } else if let Some((number, chunk)) = state.chunks.pop_front() {
                drop(state);
                let batch = shop.prepare(chunk);
                state = self.lock();
                state.batches.insert(number, batch);
                self.changed.notify_all();
            } else {
                state = self.wait(state);
            }
        }
    }

    /// The next batch in reading order; `None` after the last. `keep_on` is asked now and then.
    pub(super) fn next_batch(&self, keep_on: impl Fn() -> bool) -> Result<Option<Batch>, SimulationError> {
        let mut state = self.lock();
        loop {
            self.check(&state, &keep_on)?;
            let number = state.taken;
            if let Some(batch) = state.batches.remove(&number) {
                state.taken += 1;
                self.changed.notify_all();
                return Ok(Some(batch));
            }
            if state.end.is_some() && state.taken == state.read {
                return state.end.take().unwrap_or(Ok(())).map(|()| None).map_err(SimulationError::from);
            }
            state = self.wait(state);
        }
    }

    /// Hands a sealed buffer over to be encoded, as soon as there is room.
    pub(super) fn submit(
        &self,
        sealed: Arc<SealedBuffer>,
        keep_on: impl Fn() -> bool,
    ) -> Result<(), SimulationError> {
        let bytes = sealed.length();
        let mut state = self.lock();
        while state.in_flight != 0
            && (state.in_flight_bytes + bytes > IN_FLIGHT_BYTES || state.in_flight >= IN_FLIGHT_BUFFERS)
        {
            self.check(&state, &keep_on)?;
            state = self.wait(state);
        }
        state.in_flight_bytes += bytes;
        state.in_flight += 1;
        state.sealed.push_back(sealed);
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// What was encoded since the last call; waits for the rest when `all` is wanted.
    pub(super) fn encoded(
        &self,
        all: bool,
        keep_on: impl Fn() -> bool,
    ) -> Result<Vec<Finished>, SimulationError> {
        let mut state = self.lock();
        while all && state.in_flight != 0 {
            self.check(&state, &keep_on)?;
            state = self.wait(state);
        }
        Ok(std::mem::take(&mut state.encoded))
    }

    /// Sends all threads home.
    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    fn check(&self, state: &State, keep_on: &impl Fn() -> bool) -> Result<(), SimulationError> {
        if state.broken {
            return Err(SimulationError::Internal("a thread panicked".to_owned()));
        }
        if keep_on() { Ok(()) } else { Err(SimulationError::Interrupted) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change, but not so long that an interruption would go unnoticed.
    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, Duration::from_millis(50));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The threads of a run.
pub(super) struct Crew {
    board: Arc<Board>,
    workers: Vec<thread::JoinHandle<()>>,
}

impl Crew {
    /// Starts the threads; workers have the stack that queries may take.
    pub(super) fn start(
        board: &Arc<Board>,
        shop: &Arc<Shop>,
        reader: ChunkReader,
        workers: usize,
    ) -> Result<Crew, SimulationError> {
        let reading = Arc::clone(board);
        // Not waited for at the end: it may hang in a read from a pipe that never comes back.
        thread::spawn(move || reading.read(reader));
        let work = || {
            let (board, shop) = (Arc::clone(board), Arc::clone(shop));
            thread::Builder::new().stack_size(query::STACK).spawn(move || board.work(&shop))
        };
        let workers: Result<_, _> = std::iter::repeat_with(work).take(workers).collect();
        let failed = |error| SimulationError::Internal(format!("a worker could not be started: {error}"));
        Ok(Crew { board: Arc::clone(board), workers: workers.map_err(failed)? })
    }

    pub(super) fn go_home(self) {
        self.board.stop();
        for worker in self.workers {
            // A panic was reported through the board already.
            let _ = worker.join();
        }
    }
}

/// Tells the run loop when a thread dies, so that it does not wait for ever.
struct BreakOnPanic<'a>(&'a Board);

impl Drop for BreakOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().broken = true;
            self.0.changed.notify_all();
        }
    }
}

impl Shop {
    fn prepare(&self, chunk: Chunk) -> Batch {
        let (input, offset) = (chunk.input, chunk.offset);
        let is_judged = self.plan.judges_json();
        let mut parsed = parse_asking(chunk, &self.rules, !is_judged);
        let nothing = RecordBatch { bytes: Vec::new(), spans: Vec::new(), calls: PutCalls::OnePerRecord };
        let records = std::mem::replace(&mut parsed.batch, nothing);
        let places = std::mem::take(&mut parsed.places);
        let prepared = self.plan.prepare(records).with_places(places);
        if is_judged {
            // What fits a table is JSON; of the rest it is asked now.
            let failed = (0..prepared.prepared()).filter(|index| prepared.has_failed(*index..index + 1));
            let not_json = failed.filter(|index| !self.rules.is_json(prepared.batch.record(*index)));
            parsed.non_json += not_json.count() as u64;
        }
        Batch { input, offset, prepared, parsed }
    }

    /// Names, encodes and keeps the payloads of a buffer as far as the run wants their bodies.
    pub(super) fn encode(&self, sealed: &SealedBuffer) -> Result<Vec<Encoded>, SimulationError> {
        let heads = self.plan.heads(sealed)?;
        let whole = (sealed.parked > 0 && self.bodies != Bodies::None).then(|| self.parking.whole(sealed));
        let whole = whole.transpose()?;
        let sealed = whole.as_ref().unwrap_or(sealed);
        let mut encoded = Vec::with_capacity(heads.len());
        for step in 0..heads.len() {
            encoded.push(self.encode_step(sealed, step, &heads)?);
        }
        Ok(encoded)
    }

    fn encode_step(
        &self,
        sealed: &SealedBuffer,
        step: usize,
        heads: &[Head],
    ) -> Result<Encoded, SimulationError> {
        let head = heads[step].clone();
        if self.bodies == Bodies::None {
            let is_identity = head.object().is_some_and(|object| object.is_identity);
            let bytes_out = is_identity.then_some(sealed.length());
            return Ok(Encoded { head, bytes_out, hash: None, path: None });
        }
        let mut measure = Measure { bytes: 0, hasher: blake3::Hasher::new(), file: None };
        let mut path = None;
        if let (Some(folder), Bodies::Full) = (&self.folder, self.bodies) {
            let at = match &head {
                Head::Object(head) => super::object_path::object_path(&head.bucket, &head.key),
                // Its number is known when its line is written.
                Head::Request(_) => format!("{UNNUMBERED}/{}", sealed.id.0),
            };
            measure.file = Some(folder.create(&at)?);
            path = Some(at);
        }
        let mut out = BufWriter::with_capacity(PIECE, measure);
        self.plan.write_body(sealed, step, &heads[..step], &mut out).map_err(SimulationError::Write)?;
        let measure = out.into_inner().map_err(|error| SimulationError::Write(error.into_error()))?;
        if let Some(path) = &path
            && self.plan.has_rows(sealed, step)
        {
            self.keep_rows(sealed, path).map_err(SimulationError::Write)?;
        }
        let hash = Some(measure.hasher.finalize());
        Ok(Encoded { head, bytes_out: Some(measure.bytes), hash, path })
    }
}

impl Shop {
    /// Writes the rows of an object where expectations look for them, if anyone asked.
    fn keep_rows(&self, sealed: &SealedBuffer, path: &str) -> io::Result<()> {
        let Some(rows) = &self.rows else { return Ok(()) };
        let path = rows.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(rows))?;
        let mut out = BufWriter::with_capacity(PIECE, File::create(path)?);
        self.plan.write_rows(sealed, &mut out)?;
        out.flush()
    }
}

/// Counts and digests a body on its way into a file, or into nothing.
struct Measure {
    bytes: u64,
    hasher: blake3::Hasher,
    file: Option<File>,
}

impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Pieces that are still in the cache of the processor when the file system copies them.
        let piece = &bytes[..bytes.len().min(PIECE)];
        self.hasher.update(piece);
        if let Some(file) = &mut self.file {
            file.write_all(piece)?;
        }
        self.bytes += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<PrefixFailure> for SimulationError {
    fn from(failure: PrefixFailure) -> SimulationError {
        SimulationError::Prefix(failure)
    }
}
