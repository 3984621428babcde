//! Documents by descriptor: the socket that they go over, and files opened and checked so that no name is believed twice.

use crate::os::document::{FileKey, Refusal};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Stat, StatxFlags};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, Shutdown, SocketFlags, SocketType,
};
use std::fs::File;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A descriptor for a moment in which this process has no other left, so that a worker that runs goes on.
static RESERVE: Mutex<Option<File>> = Mutex::new(None);

/// File systems whose files are looked at without waiting for another machine or another program (`linux/magic.h`).
const LOCAL: [i64; 10] = [
    0xEF53,      // ext2 to ext4
    0x5846_5342, // XFS
    0x9123_683E, // Btrfs
    0x0102_1994, // tmpfs
    0x794C_7630, // overlayfs
    0x2FC1_2FC1, // ZFS
    0xF2F5_2010, // F2FS
    0xCA45_1A4E, // bcachefs
    0x7371_7368, // SquashFS
    0xE0F5_E1E2, // EROFS
];

/// The supervisor's end of the socket on which a worker gets its documents. Nothing can be read from it.
#[derive(Debug)]
pub(crate) struct DocumentSocket(OwnedFd);

impl DocumentSocket {
    /// Both ends; the other one is the worker's. Neither is inherited by other processes.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        // What the worker would say is refused by the kernel, and takes no memory of ours.
        rustix::net::shutdown(&theirs, Shutdown::Write)?;
        Ok((Self(ours), theirs))
    }

    /// Sends a message, and with it a document. Waits for nothing.
    ///
    /// # Errors
    /// What the system says, `WouldBlock` where the worker reads no messages.
    pub(crate) fn send(&self, message: &[u8], document: Option<&File>) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let descriptors = document.map(|file| [file.as_fd()]);
        if let Some(descriptors) = &descriptors {
            control.push(SendAncillaryMessage::ScmRights(descriptors));
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        rustix::net::sendmsg(&self.0, &[IoSlice::new(message)], &mut control, flags)?;
        Ok(())
    }

    /// What tells the regular file at `path` from another, and from itself before it was changed. Opens nothing.
    ///
    /// # Errors
    /// Why it can't be read.
    #[expect(clippy::unused_self, reason = "only a system that has the socket has this")]
    pub(crate) fn look(&self, path: &Path) -> Result<FileKey, Refusal> {
        key_of(&rustix::fs::stat(path).map_err(refusal)?)
    }

    /// The same for a path that the system remembers: nothing is waited for, neither a disk nor a file system. `None` where the path
    /// is not remembered, or there is no regular file. On a [`LOCAL`] file system the key is the present one.
    #[expect(clippy::unused_self, reason = "only a system that has the socket has this")]
    pub(crate) fn look_at_once(&self, path: &Path) -> Option<FileKey> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let place = rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok()?;
        let flags = AtFlags::EMPTY_PATH | AtFlags::STATX_DONT_SYNC;
        let status = rustix::fs::statx(&place, "", flags, StatxFlags::BASIC_STATS).ok()?;
        if FileType::from_raw_mode(status.stx_mode.into()) != FileType::RegularFile {
            return None;
        }
        Some(FileKey {
            device: rustix::fs::makedev(status.stx_dev_major, status.stx_dev_minor),
            inode: status.stx_ino,
            size: i64::try_from(status.stx_size).ok()?,
            modified: (status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec.into()),
        })
    }

    /// Whether a look at the open file waits for no other machine and no other program.
    #[expect(clippy::unused_self, reason = "only a system that has the socket has this")]
    pub(crate) fn is_local(&self, file: &File) -> bool {
        rustix::fs::fstatfs(file).is_ok_and(|system| LOCAL.contains(&system.f_type))
    }

    /// The regular file at `path`, open for reading, and its key. It is inside `roots` where there are any: the kernel says where
    /// the open file is, whatever names and links led there.
    ///
    /// # Errors
    /// Why it isn't handed over.
    pub(crate) fn open(&self, path: &Path, roots: Option<&[PathBuf]>) -> Result<(File, FileKey), Refusal> {
        // A device isn't even opened, which could have effects. A FIFO that takes the file's place now isn't waited for.
        self.look(path)?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = match rustix::fs::open(path, flags, Mode::empty()) {
            Err(Errno::MFILE | Errno::NFILE) if reserve().take().is_some() => {
                rustix::fs::open(path, flags, Mode::empty())
            }
            other => other,
        };
        let file = opened.map_err(refusal)?;
        let key = key_of(&rustix::fs::fstat(&file).map_err(refusal)?)?;
        let file = File::from(file);
        if let Some(roots) = roots {
            let place = std::fs::read_link(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file)))
                .map_err(|_| Refusal::Outside)?;
            if !roots.iter().any(|root| place.starts_with(root)) {
                return Err(Refusal::Outside);
            }
        }
        Ok((file, key))
    }

    /// Sees to the descriptor in reserve, which `open` may have used.
    #[expect(clippy::unused_self, reason = "only a system that has the socket has this")]
    pub(crate) fn keep_reserve(&self) {
        let mut reserve = reserve();
        if reserve.is_none() {
            *reserve = File::open("/dev/null").ok();
        }
    }
}

fn reserve() -> std::sync::MutexGuard<'static, Option<File>> {
    RESERVE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key_of(status: &Stat) -> Result<FileKey, Refusal> {
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err(Refusal::NotRegular);
    }
    Ok(FileKey {
        device: status.st_dev,
        inode: status.st_ino,
        size: status.st_size,
        modified: (status.st_mtime, status.st_mtime_nsec),
    })
}

fn refusal(error: Errno) -> Refusal {
    match error {
        Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG => Refusal::Missing,
        other => Refusal::System(reason(other)),
    }
}

/// The system's words, without the number that Rust adds.
fn reason(error: Errno) -> String {
    let text = io::Error::from(error).to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
