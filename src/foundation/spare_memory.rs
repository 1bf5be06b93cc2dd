//! Memory that is used again: the system clears each page of new memory, which costs more than filling it.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

/// Most pieces of memory that are kept for later.
const MOST: usize = 3;
/// Bytes from which on a piece is worth keeping: the allocator itself keeps smaller ones.
const SMALLEST: usize = 1 << 20;

/// Memory that nobody needs at present.
#[derive(Clone, Debug, Default)]
pub struct SpareMemory(Arc<Mutex<Vec<Vec<u8>>>>);

impl SpareMemory {
    /// Empty memory: some that was used before, or new.
    pub fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps memory for later, if there is not enough of it.
    pub fn give(&self, mut memory: Vec<u8>) {
        memory.clear();
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.capacity() >= SMALLEST && spare.len() < MOST {
            spare.push(memory);
        }
    }

    /// Bytes whose memory comes back here when they are no longer needed.
    pub fn lend(&self, bytes: Vec<u8>) -> LentBytes {
        // What hardly fills its memory may be kept for long, and should not hold more than it needs.
        if bytes.capacity() >= SMALLEST && bytes.len() < bytes.capacity() / 8 {
            let few = bytes.to_vec();
            self.give(bytes);
            return LentBytes { bytes: few, home: None };
        }
        LentBytes { bytes, home: Some(self.clone()) }
    }
}

/// Bytes that nobody changes. Their memory goes back to where it came from.
#[derive(Debug, Default)]
pub struct LentBytes {
    bytes: Vec<u8>,
    home: Option<SpareMemory>,
}

impl Deref for LentBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for LentBytes {
    fn from(bytes: Vec<u8>) -> LentBytes {
        LentBytes { bytes, home: None }
    }
}

/// A copy has memory of its own.
impl Clone for LentBytes {
    fn clone(&self) -> LentBytes {
        self.bytes.clone().into()
    }
}

impl Drop for LentBytes {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            home.give(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_and_its_content_does_not() {
        let spare = SpareMemory::default();
        let mut bytes = Vec::with_capacity(SMALLEST);
        bytes.resize(SMALLEST, 7);
        let place = bytes.as_ptr();
        let lent = spare.lend(bytes);
        let copy = lent.clone();
        drop(lent);
        drop(copy);
        let again = spare.take();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        assert_eq!(spare.take().capacity(), 0);
    }

    #[test]
    fn little_holds_no_large_memory() {
        let spare = SpareMemory::default();
        let mut bytes = Vec::with_capacity(SMALLEST);
        bytes.extend_from_slice(b"little");
        let lent = spare.lend(bytes);
        assert_eq!(&lent[..], b"little");
        assert_eq!(spare.take().capacity(), SMALLEST);
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        let spare = SpareMemory::default();
        (0..2 * MOST).for_each(|_| spare.give(Vec::with_capacity(SMALLEST)));
        spare.give(Vec::with_capacity(SMALLEST - 1));
        assert_eq!(spare.0.lock().unwrap().len(), MOST);
    }
}
