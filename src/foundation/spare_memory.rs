//! Memory that is used again: the system clears each page of new memory, which costs more than filling it.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

/// Most pieces of memory that are kept for later.
const MOST: usize = 3;
/// Size in bytes from which on a piece is worth keeping: the allocator itself keeps smaller ones.
const SMALLEST: usize = 1 << 20;

/// Memory that nobody needs at present.
#[derive(Debug)]
pub struct SpareMemory<T>(Arc<Mutex<Vec<Vec<T>>>>);

impl<T: Copy> SpareMemory<T> {
    /// Empty memory: some that was used before, or new.
    pub fn take(&self) -> Vec<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps memory for later, if there is not enough of it.
    pub fn give(&self, mut memory: Vec<T>) {
        memory.clear();
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_large(&memory) && spare.len() < MOST {
            spare.push(memory);
        }
    }

    /// Content whose memory comes back here when it is no longer needed.
    pub fn lend(&self, content: Vec<T>) -> Lent<T> {
        // What hardly fills its memory may be kept for long, and should not hold more than it needs.
        if is_large(&content) && content.len() < content.capacity() / 8 {
            let few = content.to_vec();
            self.give(content);
            return few.into();
        }
        Lent { content, home: Some(SpareMemory(Arc::clone(&self.0))) }
    }
}

fn is_large<T>(memory: &Vec<T>) -> bool {
    memory.capacity() * size_of::<T>() >= SMALLEST
}

impl<T> Default for SpareMemory<T> {
    fn default() -> SpareMemory<T> {
        SpareMemory(Arc::default())
    }
}

/// Content that nobody changes. Its memory goes back to where it came from.
#[derive(Debug)]
pub struct Lent<T: Copy> {
    content: Vec<T>,
    home: Option<SpareMemory<T>>,
}

impl<T: Copy> Deref for Lent<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.content
    }
}

impl<T: Copy> From<Vec<T>> for Lent<T> {
    fn from(content: Vec<T>) -> Lent<T> {
        Lent { content, home: None }
    }
}

impl<T: Copy> Default for Lent<T> {
    fn default() -> Lent<T> {
        Vec::new().into()
    }
}

/// A copy has memory of its own.
impl<T: Copy> Clone for Lent<T> {
    fn clone(&self) -> Lent<T> {
        self.content.clone().into()
    }
}

impl<T: Copy> Drop for Lent<T> {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            home.give(std::mem::take(&mut self.content));
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
        let place: *const u8 = bytes.as_ptr();
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
        spare.give(Vec::<u8>::with_capacity(SMALLEST - 1));
        assert_eq!(spare.0.lock().unwrap().len(), MOST);
    }
}
