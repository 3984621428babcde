//! Takes over the image that a worker wrote to a file, without believing the worker.
//!
//! The worker read a hostile document and may be under its control. Its reply can name only a file of the worker's own folder;
//! that file is opened without following a link and without waiting, and must be a regular file of exactly the length that the
//! reply gives. What the caller gets is a copy, so that the worker cannot change or truncate it afterwards.

use crate::mmap_folder::WorkerFolder;
use crate::os;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use tach_protocol::escape::escaped;
use tach_protocol::reply::MappedFile;
use tempfile::NamedTempFile;

/// An image in a worker's folder. Dropping it deletes the file.
#[derive(Debug)]
pub(crate) struct Picture {
    folder: Arc<WorkerFolder>,
    name: String,
    length: u64,
}

impl Picture {
    /// The image that the `data` of a success names.
    ///
    /// # Errors
    /// A sentence that says in what the worker broke the protocol.
    pub(crate) fn named_by(data: &str, folder: &Arc<WorkerFolder>) -> Result<Self, String> {
        let file = MappedFile::named_by(data).ok_or("no `mmap` in the data, although it was asked for")?;
        let name = file_name(&file, folder.path())?;
        Ok(Self { folder: Arc::clone(folder), name: name.to_owned(), length: file.length })
    }

    /// The image's bytes. Blocks.
    ///
    /// # Errors
    /// The file cannot be opened, or isn't what the reply says.
    pub(crate) fn read(self) -> io::Result<Vec<u8>> {
        let file = self.open()?;
        let length = usize::try_from(self.length).map_err(io::Error::other)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length)?;
        file.take(self.length).read_to_end(&mut bytes)?;
        if bytes.len() == length { Ok(bytes) } else { Err(shorter()) }
    }

    /// Copies the image into the folder for images that are handed on. Blocks. The file is deleted unless it is kept.
    ///
    /// # Errors
    /// The file cannot be opened, isn't what the reply says, or the copy cannot be written.
    pub(crate) fn hand_on(self) -> io::Result<NamedTempFile> {
        let file = self.open()?;
        let prefix = format!("{}-", std::process::id());
        let mut copy = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(".bin")
            .rand_bytes(12)
            .tempfile_in(self.folder.outgoing())?;
        let copied = io::copy(&mut file.take(self.length), copy.as_file_mut())?;
        if copied == self.length { Ok(copy) } else { Err(shorter()) }
    }

    fn open(&self) -> io::Result<File> {
        let file = os::open_in_folder(self.folder.path(), &self.name)?;
        if file.metadata()?.len() == self.length { Ok(file) } else { Err(shorter()) }
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.folder.path().join(&self.name));
    }
}

fn shorter() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the file of the image has another length than the reply says")
}

/// The bare name of the file, where it is one that the worker may give: `NUMBER-NUMBER.bin`, in its own folder, used from its
/// first byte on.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn file_name<'a>(file: &'a MappedFile, folder: &Path) -> Result<&'a str, String> {
    let refuse =
        || format!("`mmap.path` names no file of the worker's own folder: {}", escaped(&file.path.to_string_lossy()));
    // The text decides, not its components: `folder/./x` and `folder/../x` are no names that a worker gives.
    let text = file.path.to_str().ok_or_else(refuse)?;
    let parent = folder.to_str().unwrap_or_default();
    let name =
        text.strip_prefix(parent).and_then(|rest| rest.strip_prefix(['/', std::path::MAIN_SEPARATOR])).unwrap_or(text);
    let is_number = |text: &str| (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name.strip_suffix(".bin").and_then(|stem| stem.split_once('-'));
    if !numbers.is_some_and(|(process, number)| is_number(process) && is_number(number)) {
        return Err(refuse());
    }
    if file.offset != 0 || file.length == 0 {
        return Err(format!("`mmap` has offset {} and length {}", file.offset, file.length));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mmap_folder::Folder;

    #[test]
    fn only_a_bare_name_of_the_workers_own_folder_is_believed() {
        let folder = Path::new("/tmp/private/worker-1");
        let named = |path: &str, offset, length| MappedFile { path: path.into(), offset, length };
        for good in ["77-0.bin", "/tmp/private/worker-1/77-12.bin"] {
            assert!(file_name(&named(good, 0, 5), folder).is_ok_and(|name| name.starts_with("77-")), "{good}");
        }
        let bad = [
            "",
            ".",
            "..",
            "/etc/passwd",
            "77.bin",
            "a-0.bin",
            "77-0.bin.txt",
            "-.bin",
            "77-0.BIN",
            "x/77-0.bin",
            "../77-0.bin",
            "/tmp/private/worker-1/../worker-2/77-0.bin",
            "/tmp/private/worker-1/./77-0.bin",
            "/tmp/private/worker-1//77-0.bin",
            "/tmp/private/worker-12/77-0.bin",
            "/tmp/private/worker-1/",
            "77-0.bin\0",
            "77-0.bin\n",
            "٣-0.bin",
            "77-111111111111111111111.bin",
            "file:///77-0.bin",
            "\\\\server\\share\\77-0.bin",
            "C:77-0.bin",
        ];
        for bad in bad {
            assert!(file_name(&named(bad, 0, 5), folder).is_err(), "{bad:?}");
        }
        for (offset, length) in [(1, 5), (0, 0), (u64::MAX, u64::MAX)] {
            assert!(file_name(&named("77-0.bin", offset, length), folder).is_err());
        }
    }

    fn in_folder(prepare: impl FnOnce(&Path), length: u64) -> (io::Result<Vec<u8>>, bool) {
        let supervisor = Arc::new(Folder::open(None).unwrap());
        let folder = supervisor.for_worker(1);
        prepare(folder.path());
        let picture = Picture { folder: Arc::clone(&folder), name: "7-0.bin".into(), length };
        let read = picture.read();
        (read, folder.path().join("7-0.bin").symlink_metadata().is_ok())
    }

    #[test]
    fn a_file_of_the_right_length_is_read_and_deleted_and_any_other_is_refused() {
        let write = |folder: &Path| std::fs::write(folder.join("7-0.bin"), "12345").unwrap();
        let (read, left) = in_folder(write, 5);
        assert_eq!((read.unwrap(), left), (b"12345".to_vec(), false));
        assert!(in_folder(write, 4).0.is_err());
        assert!(in_folder(write, 6).0.is_err());
        assert!(in_folder(|_| (), 5).0.is_err());
        assert!(in_folder(|folder| std::fs::create_dir(folder.join("7-0.bin")).unwrap(), 5).0.is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_pipes_and_devices_are_refused_and_what_they_name_is_left_alone() {
        let private = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(private.path(), "12345").unwrap();
        let target = private.path().to_owned();
        let link = |folder: &Path| std::os::unix::fs::symlink(&target, folder.join("7-0.bin")).unwrap();
        assert!(in_folder(link, 5).0.is_err());
        let hard = |folder: &Path| std::fs::hard_link(&target, folder.join("7-0.bin")).unwrap();
        assert!(in_folder(hard, 5).0.is_err());
        let zero = |folder: &Path| std::os::unix::fs::symlink("/dev/zero", folder.join("7-0.bin")).unwrap();
        assert!(in_folder(zero, 5).0.is_err());
        let pipe = |folder: &Path| {
            let path = folder.join("7-0.bin");
            rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        };
        let start = std::time::Instant::now();
        assert!(in_folder(pipe, 5).0.is_err());
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "a pipe without a writer holds nothing up");
        assert_eq!(std::fs::read(private.path()).unwrap(), b"12345");
    }
}
