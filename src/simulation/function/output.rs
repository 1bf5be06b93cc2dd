//! What a function's process writes: read all the time, so that it never waits for us, and kept within bounds.
//!
//! Reading happens under one lock and never blocks in it, so that after a call nothing that the process wrote before
//! its answer is missed or counted for the next call.

use std::{
    fs::File,
    io::{self, Read},
    os::fd::OwnedFd,
    process::{ChildStderr, ChildStdout},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rustix::event::{PollFd, PollFlags, Timespec};

use super::{InvocationLog, Words};

/// Most bytes that are read at one go, so that a flood does not keep the lock.
const LARGEST_GULP: usize = 4 << 20;

#[derive(Debug, Default)]
struct Kept {
    text: Vec<u8>,
    left_out: u64,
    /// How standard error begins, and how it goes on.
    stderr: [Vec<u8>; 2],
    /// Bytes that were left out between the two.
    stderr_left_out: u64,
    /// Whether standard output and standard error have ended.
    ended: [bool; 2],
}

#[derive(Debug)]
struct Pipes {
    files: [File; 2],
    kept: Mutex<Kept>,
    stopping: AtomicBool,
}

/// The output of one process.
#[derive(Debug)]
pub(super) struct Output {
    pipes: Arc<Pipes>,
    reading: Option<thread::JoinHandle<()>>,
}

impl Output {
    /// Begins to read.
    pub fn read(stdout: ChildStdout, stderr: ChildStderr) -> io::Result<Output> {
        let files = [File::from(OwnedFd::from(stdout)), File::from(OwnedFd::from(stderr))];
        for file in &files {
            rustix::io::ioctl_fionbio(file, true)?;
        }
        let pipes = Arc::new(Pipes { files, kept: Mutex::default(), stopping: AtomicBool::new(false) });
        let shared = Arc::clone(&pipes);
        let reading =
            thread::Builder::new().name("function-output".to_owned()).spawn(move || shared.keep_reading())?;
        Ok(Output { pipes, reading: Some(reading) })
    }

    /// Takes what was written since the last time.
    pub fn take(&self) -> InvocationLog {
        let mut kept = self.pipes.kept();
        self.pipes.drain(&mut kept);
        InvocationLog {
            text: lossy(std::mem::take(&mut kept.text)),
            stderr: kept.take_stderr(),
            left_out: std::mem::take(&mut kept.left_out),
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.pipes.stopping.store(true, Ordering::Relaxed);
        if let Some(thread) = self.reading.take() {
            // A panic in it has nothing left to spoil.
            let _ = thread.join();
        }
    }
}

impl Pipes {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_reading(&self) {
        // How long the end of the process may go unnoticed; its output is noticed at once.
        let longest = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        loop {
            let ended = self.kept().ended;
            let mut waited: Vec<PollFd<'_>> = self
                .files
                .iter()
                .zip(ended)
                .filter(|(_, ended)| !ended)
                .map(|(file, _)| PollFd::new(file, PollFlags::IN))
                .collect();
            if waited.is_empty() || self.stopping.load(Ordering::Relaxed) {
                return;
            }
            // An interrupted wait is tried again like one that ran out.
            let _ = rustix::event::poll(&mut waited, Some(&longest));
            self.drain(&mut self.kept());
        }
    }

    /// Reads what is there.
    fn drain(&self, kept: &mut Kept) {
        let mut buffer = [0; 16 << 10];
        for (at, mut file) in self.files.iter().enumerate() {
            let mut left = LARGEST_GULP;
            while left > 0 && !kept.ended[at] {
                match file.read(&mut buffer) {
                    Ok(0) => kept.ended[at] = true,
                    Ok(read) => {
                        left = left.saturating_sub(read);
                        kept.add(&buffer[..read], at == 1);
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => kept.ended[at] = true,
                }
            }
        }
    }
}

impl Kept {
    fn add(&mut self, bytes: &[u8], is_stderr: bool) {
        let room = InvocationLog::LARGEST - self.text.len();
        let fits = bytes.len().min(room);
        self.text.extend_from_slice(&bytes[..fits]);
        self.left_out += (bytes.len() - fits) as u64;
        if is_stderr {
            let [head, tail] = &mut self.stderr;
            let (begins, goes_on) = bytes.split_at(bytes.len().min(InvocationLog::FIRST_STDERR - head.len()));
            head.extend_from_slice(begins);
            tail.extend_from_slice(goes_on);
            if tail.len() > 2 * InvocationLog::LAST_STDERR {
                self.cut_stderr();
            }
        }
    }

    fn cut_stderr(&mut self) {
        let tail = &mut self.stderr[1];
        let over = tail.len().saturating_sub(InvocationLog::LAST_STDERR);
        tail.drain(..over);
        self.stderr_left_out += over as u64;
    }

    fn take_stderr(&mut self) -> Words {
        self.cut_stderr();
        let left_out = std::mem::take(&mut self.stderr_left_out);
        let [mut head, mut tail] = std::mem::take(&mut self.stderr);
        if left_out == 0 {
            head.append(&mut tail);
            return Words::new(lossy(head));
        }
        // Whole lines where there are some: half a secret would not be known as one.
        let ends = head.iter().rposition(|byte| *byte == b'\n').map_or(head.len(), |at| at + 1);
        let begins = tail.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let dropped = head.len() - ends + begins;
        head.truncate(ends);
        tail.drain(..begins);
        Words { head: lossy(head), left_out: left_out + dropped as u64, tail: lossy(tail) }
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
