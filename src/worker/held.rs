//! Which documents a worker holds for its supervisor, slot by slot. Pure: the supervisor alone decides, the worker isn't asked.

use crate::os::FileKey;
use std::path::{Path, PathBuf};
use tach_protocol::handover::DOCUMENT_SLOTS;

#[derive(Debug)]
struct Document {
    path: PathBuf,
    key: FileKey,
    /// On a file system that never keeps a look waiting.
    is_local: bool,
    used: u64,
}

/// The slots of one worker.
#[derive(Debug, Default)]
pub(super) struct Held {
    slots: [Option<Document>; DOCUMENT_SLOTS],
    uses: u64,
}

impl Held {
    /// The slot of the document that is at `path` now, with this key, where the worker holds it.
    pub(super) fn find(&mut self, path: &Path, key: FileKey) -> Option<usize> {
        let slot = self.slots.iter().position(|slot| slot.as_ref().is_some_and(|d| d.key == key && d.path == path))?;
        self.uses += 1;
        if let Some(document) = &mut self.slots[slot] {
            document.used = self.uses;
        }
        Some(slot)
    }

    /// Whether a document of this path is held that is looked at without waiting.
    pub(super) fn is_local(&self, path: &Path) -> bool {
        self.slots.iter().flatten().any(|document| document.is_local && document.path == path)
    }

    /// The slot that a document goes to: that of an older file of its path, else a free one, else the longest unused one.
    pub(super) fn put(&mut self, path: PathBuf, key: FileKey, is_local: bool) -> usize {
        let of_path = self.slots.iter().position(|slot| slot.as_ref().is_some_and(|document| document.path == path));
        let slot = of_path.unwrap_or_else(|| {
            let used = |slot: &usize| self.slots[*slot].as_ref().map_or(0, |document| document.used);
            (0..DOCUMENT_SLOTS).min_by_key(used).unwrap_or_default()
        });
        self.uses += 1;
        self.slots[slot] = Some(Document { path, key, is_local, used: self.uses });
        slot
    }

    /// What was put there did not arrive.
    pub(super) fn forget(&mut self, slot: usize) {
        self.slots[slot] = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(inode: u64) -> FileKey {
        FileKey { device: 1, inode, size: 10, modified: (5, 0) }
    }

    #[test]
    fn a_document_is_known_by_its_path_and_its_key_together() {
        let mut held = Held::default();
        let slot = held.put("/a".into(), key(1), true);
        assert_eq!(held.find(Path::new("/a"), key(1)), Some(slot));
        assert!(held.is_local(Path::new("/a")) && !held.is_local(Path::new("/b")));
        assert_eq!(held.find(Path::new("/b"), key(1)), None, "a name of its own is looked at anew");
        assert_eq!(held.find(Path::new("/a"), key(2)), None);
        assert_eq!(held.find(Path::new("/a"), FileKey { size: 11, ..key(1) }), None);
        assert_eq!(held.find(Path::new("/a"), FileKey { modified: (5, 1), ..key(1) }), None);
        assert_eq!(held.put("/a".into(), key(2), true), slot, "the older file of the path is let go");
        assert_eq!(held.find(Path::new("/a"), key(1)), None);
    }

    #[test]
    fn the_longest_unused_document_makes_room() {
        let mut held = Held::default();
        let path = |number: u64| PathBuf::from(format!("/{number}"));
        let count = DOCUMENT_SLOTS as u64;
        let slots: Vec<usize> = (0..count).map(|number| held.put(path(number), key(number), true)).collect();
        let mut sorted = slots.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..DOCUMENT_SLOTS).collect::<Vec<_>>());
        assert_eq!(held.find(&path(0), key(0)), Some(slots[0]));
        assert_eq!(held.put(path(count), key(count), true), slots[1]);
        assert_eq!(held.find(&path(1), key(1)), None);
        held.forget(slots[1]);
        assert_eq!(held.find(&path(count), key(count)), None);
    }
}
