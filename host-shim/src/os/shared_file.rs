//! Reading an open file at any place, by its descriptor, whatever else reads it.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;

/// A descriptor of its own of a file that others have open too.
#[derive(Debug)]
pub struct SharedFile(OwnedFd);

impl SharedFile {
    /// Copies the descriptor of this number.
    ///
    /// # Errors
    /// What the system says.
    pub fn copy_of(descriptor: i32) -> io::Result<Self> {
        if descriptor < 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: the number is not -1, and a number that is no descriptor is refused; it is borrowed for this call alone.
        let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
        borrowed.try_clone_to_owned().map(Self)
    }

    /// The descriptor's number.
    pub fn number(&self) -> i32 {
        self.0.as_raw_fd()
    }
}

/// Fills `buffer` with what is at `position` of the open file. Tells whether all of it was there.
pub fn read_whole_at(descriptor: i32, buffer: &mut [u8], position: u64) -> bool {
    if descriptor < 0 {
        return false;
    }
    // SAFETY: as in `copy_of`; `ManuallyDrop` leaves the descriptor open.
    let file = std::mem::ManuallyDrop::new(unsafe { <File as std::os::fd::FromRawFd>::from_raw_fd(descriptor) });
    file.read_exact_at(buffer, position).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_copy_reads_anywhere_and_stays_open() {
        let path = std::env::temp_dir().join(format!("tach-shared-{}", std::process::id()));
        File::create(&path).unwrap().write_all(b"0123456789").unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let copy = SharedFile::copy_of(file.as_raw_fd()).unwrap();
        drop(file);
        let mut buffer = [0; 4];
        assert!(read_whole_at(copy.number(), &mut buffer, 3) && &buffer == b"3456");
        assert!(!read_whole_at(copy.number(), &mut buffer, 7), "past the end");
        assert!(read_whole_at(copy.number(), &mut buffer, 6), "the descriptor was left open");
        assert!(!read_whole_at(-1, &mut buffer, 0) && SharedFile::copy_of(-1).is_err());
    }
}
