//! Bytes of open buffers that lie on disk, so that memory is bounded whatever arrives within one interval.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{SimulationError, output_folder::OutputError};
use crate::pipeline::{BufferId, buffers::SealedBuffer};

/// Bytes in open buffers from which on some of them are parked.
pub(super) const MOST_IN_MEMORY: u64 = 320 << 20;

/// Where they lie: below the unfinished output folder, or in a temporary folder of its own.
#[derive(Debug)]
pub(super) struct Parking {
    root: Option<PathBuf>,
    made: Mutex<Option<Made>>,
}

#[derive(Debug)]
enum Made {
    Below(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Made {
    fn path(&self) -> &Path {
        match self {
            Made::Below(path) => path,
            Made::Temporary(folder) => folder.path(),
        }
    }
}

impl Parking {
    /// Bytes are to be parked in this folder, which need not exist; in a temporary one without any.
    pub(super) fn new(root: Option<PathBuf>) -> Parking {
        Parking { root, made: Mutex::default() }
    }

    /// Puts bytes behind those of the same buffer.
    ///
    /// # Errors
    /// Where they can't be written.
    pub(super) fn park(&self, buffer: BufferId, bytes: &[u8]) -> Result<(), SimulationError> {
        let path = self.path(buffer).map_err(|source| told(self.root.as_deref(), source))?;
        let file = File::options().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(bytes)).map_err(|source| told(Some(&path), source))
    }

    /// A sealed buffer with all of its bytes.
    ///
    /// # Errors
    /// Where they can't be read.
    pub(super) fn whole(&self, sealed: &SealedBuffer) -> Result<SealedBuffer, SimulationError> {
        let path = self.path(sealed.id).map_err(|source| told(self.root.as_deref(), source))?;
        let mut bytes = Vec::with_capacity(sealed.length() as usize);
        let read = File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes));
        read.and_then(|_| fs::remove_file(&path)).map_err(|source| told(Some(&path), source))?;
        bytes.extend_from_slice(&sealed.bytes);
        Ok(SealedBuffer { bytes: bytes.into(), parked: 0, ..sealed.clone() })
    }

    fn path(&self, buffer: BufferId) -> io::Result<PathBuf> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = match &*made {
            Some(folder) => folder.path(),
            None => {
                let folder = match &self.root {
                    Some(root) => fs::create_dir_all(root).map(|()| Made::Below(root.clone()))?,
                    None => Made::Temporary(tempfile::Builder::new().prefix("firehose-kit-").tempdir()?),
                };
                made.insert(folder).path()
            }
        };
        Ok(folder.join(buffer.0.to_string()))
    }
}

fn told(path: Option<&Path>, source: io::Error) -> SimulationError {
    let path = path.map_or_else(|| PathBuf::from("a temporary folder"), Path::to_owned);
    SimulationError::Output(OutputError::Io { path, source })
}
