//! Where workers keep the text of a document between searches: a folder of the user's own for each document.
//!
//! A worker that read a hostile document gets the folder of that document alone, so it cannot touch what is kept of others.

use crate::os;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bytes of all documents' folders; past them the folders that were not used for longest are deleted.
const MAX_BYTES: u64 = 512 << 20;

/// The folder for the text of the document at `path`; made, and older ones deleted where they take too much room. `None` where the
/// system names no folder for caches or refuses.
pub(super) fn folder_of(path: &Path) -> Option<PathBuf> {
    let root = os::cache_folder()?.join("text");
    let mut hasher = DefaultHasher::new();
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).hash(&mut hasher);
    let folder = root.join(format!("{:016x}", hasher.finish()));
    os::make_private_folder(&folder).ok()?;
    // The time of use: a search that only reads changes nothing in the folder.
    let _ = std::fs::write(folder.join("used"), b"");
    make_room(&root, &folder, MAX_BYTES);
    Some(folder)
}

/// Deletes folders in `root`, the longest unused first, until at most `limit` bytes are kept; `in_use` stays.
fn make_room(root: &Path, in_use: &Path, limit: u64) {
    let Ok(entries) = std::fs::read_dir(root) else { return };
    let mut folders: Vec<(SystemTime, u64, PathBuf)> = entries
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let used = folder.join("used").metadata().and_then(|it| it.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            Some((used, size(&folder, 2), folder))
        })
        .collect();
    folders.sort();
    let mut bytes: u64 = folders.iter().map(|(_, size, _)| size).sum();
    for (_, size, folder) in folders {
        if bytes <= limit {
            return;
        }
        if folder != in_use && std::fs::remove_dir_all(&folder).is_ok() {
            bytes -= size;
        }
    }
}

/// Bytes of the files in a folder and, as deep as `levels`, in its folders. Links are not followed.
fn size(folder: &Path, levels: u32) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() && levels > 0 => size(&entry.path(), levels - 1),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_folders_are_deleted_first() {
        let root = tempfile::tempdir().expect("a folder");
        let at = |name: &str| root.path().join(name);
        for (name, age) in [("old", 300), ("new", 100), ("used", 500)] {
            std::fs::create_dir_all(at(name).join("version")).expect("a folder");
            std::fs::write(at(name).join("version/0.index"), [0; 1000]).expect("a file");
            let file = std::fs::File::create(at(name).join("used")).expect("a file");
            let then = SystemTime::now() - std::time::Duration::from_secs(age);
            file.set_modified(then).expect("a time");
        }
        make_room(root.path(), &at("used"), 2500);
        assert!(at("used").exists() && at("new").exists() && !at("old").exists());
        make_room(root.path(), &at("used"), 0);
        assert!(at("used").exists() && !at("new").exists());
    }
}
