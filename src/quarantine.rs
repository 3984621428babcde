//! Which documents have killed too many workers: counts by content, kept apart from any worker's life.
//!
//! A document is known by its [`Fingerprint`], not by its path, so that a copy under another name is refused too and a
//! repaired file under the old name is not.

use serde::Serialize;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tach_protocol::{ErrorBody, ErrorCode};

/// How long reading a suspect document's samples may take.
const FINGERPRINT_DEADLINE: Duration = Duration::from_secs(1);
/// Bytes read at the start, the middle and the end of a document.
const SAMPLE_BYTES: u64 = 64 * 1024;

/// Content of a file: its size and a 64-bit `SipHash` of its first, middle and last 64 KiB.
///
/// It tells files apart that differ by accident; it is no proof against a forger, who could at most get his own file refused
/// or accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Fingerprint {
    /// Size in bytes.
    pub size: u64,
    /// Hash of the samples.
    pub hash: u64,
}

impl Fingerprint {
    /// Reads the samples of a file. Blocks.
    ///
    /// # Errors
    /// What the system says when the file cannot be read, or is none.
    pub fn of(path: &Path) -> io::Result<Self> {
        // Opening a FIFO would wait for a writer, and one may be put in the file's place after any look at the path.
        let mut file = crate::os::open_without_waiting(path)?;
        let facts = file.metadata()?;
        if !facts.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let size = facts.len();
        let mut hasher = DefaultHasher::new();
        let mut sample = Vec::with_capacity(64 * 1024);
        for start in [0, (size / 2).saturating_sub(SAMPLE_BYTES / 2), size.saturating_sub(SAMPLE_BYTES)] {
            sample.clear();
            file.seek(SeekFrom::Start(start))?;
            file.by_ref().take(SAMPLE_BYTES).read_to_end(&mut sample)?;
            hasher.write(&sample);
        }
        Ok(Self { size, hash: hasher.finish() })
    }
}

/// One document that killed workers, as [`Supervisor::quarantine`](crate::Supervisor::quarantine) shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Suspect {
    /// Its content.
    pub fingerprint: Fingerprint,
    /// The path under which it was last seen.
    pub path: PathBuf,
    /// Workers that it killed.
    pub kills: u32,
    /// Whether it is refused now.
    pub quarantined: bool,
    /// Seconds until it is forgotten.
    pub expires_in_s: u64,
}

#[derive(Debug)]
struct Record {
    path: PathBuf,
    kills: u32,
    expires: Instant,
}

/// Counts of kills by content, each with a time to live.
#[derive(Debug)]
pub(crate) struct Quarantine {
    limit: u32,
    time_to_live: Duration,
    records: HashMap<Fingerprint, Record>,
}

impl Quarantine {
    /// Records kept at most; beyond it the one that expires first goes.
    const CAPACITY: usize = 4096;

    /// Refuses a document after `limit` kills, for `time_to_live` after the last one. A limit of 0 turns it off.
    pub(crate) fn new(limit: u32, time_to_live: Duration) -> Self {
        Self { limit, time_to_live, records: HashMap::new() }
    }

    /// Notes that a document killed a worker. Tells its count, and whether this kill put it into quarantine.
    pub(crate) fn killed(&mut self, now: Instant, fingerprint: Fingerprint, path: &Path) -> (u32, bool) {
        self.expire(now);
        if self.records.len() >= Self::CAPACITY && !self.records.contains_key(&fingerprint) {
            let oldest = self.records.iter().min_by_key(|(_, record)| record.expires).map(|(key, _)| *key);
            oldest.and_then(|key| self.records.remove(&key));
        }
        let expires = now + self.time_to_live;
        let record =
            self.records.entry(fingerprint).or_insert_with(|| Record { path: path.to_owned(), kills: 0, expires });
        record.kills += 1;
        record.expires = expires;
        path.clone_into(&mut record.path);
        (record.kills, self.limit > 0 && record.kills == self.limit)
    }

    /// The number of kills where the document is refused.
    pub(crate) fn refuses(&mut self, now: Instant, fingerprint: &Fingerprint) -> Option<u32> {
        self.expire(now);
        let record = self.records.get(fingerprint)?;
        (self.limit > 0 && record.kills >= self.limit).then_some(record.kills)
    }

    /// Number of documents on record.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Every document on record.
    pub(crate) fn list(&mut self, now: Instant) -> Vec<Suspect> {
        self.expire(now);
        let mut suspects: Vec<Suspect> = self
            .records
            .iter()
            .map(|(fingerprint, record)| Suspect {
                fingerprint: *fingerprint,
                path: record.path.clone(),
                kills: record.kills,
                quarantined: self.limit > 0 && record.kills >= self.limit,
                expires_in_s: record.expires.saturating_duration_since(now).as_secs(),
            })
            .collect();
        suspects.sort_by(|a, b| b.kills.cmp(&a.kills).then_with(|| a.path.cmp(&b.path)));
        suspects
    }

    /// Forgets every record. Tells how many there were.
    pub(crate) fn clear(&mut self) -> usize {
        let count = self.records.len();
        self.records.clear();
        count
    }

    fn expire(&mut self, now: Instant) {
        self.records.retain(|_, record| record.expires > now);
    }
}

/// The error of a request for a document that killed `kills` workers.
pub(crate) fn quarantined_error(path: &Path, kills: u32) -> ErrorBody {
    let message =
        format!("`{}` killed {kills} workers and is refused; clear the quarantine to try it again", path.display());
    ErrorBody::new(ErrorCode::Quarantined, message).with("kills", kills)
}

/// The content of a document, where it can be read in time.
pub(crate) async fn fingerprint(path: PathBuf) -> Option<Fingerprint> {
    let reading = tokio::task::spawn_blocking(move || Fingerprint::of(&path).ok());
    tokio::time::timeout(FINGERPRINT_DEADLINE, reading).await.ok()?.ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_after_the_limit_until_it_expires() {
        let (start, path) = (Instant::now(), Path::new("/a.pdf"));
        let key = Fingerprint { size: 1, hash: 2 };
        let mut quarantine = Quarantine::new(2, Duration::from_secs(10));
        assert_eq!(quarantine.killed(start, key, path), (1, false));
        assert_eq!(quarantine.refuses(start, &key), None);
        assert_eq!(quarantine.killed(start, key, path), (2, true));
        assert_eq!(quarantine.refuses(start, &key), Some(2));
        assert_eq!(quarantine.refuses(start, &Fingerprint { size: 1, hash: 3 }), None);
        assert_eq!(quarantine.list(start)[0].kills, 2);
        assert_eq!(quarantine.refuses(start + Duration::from_secs(11), &key), None);
        assert_eq!(quarantine.len(), 0);
    }

    #[test]
    fn the_fingerprint_is_of_the_content() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let (first, copy, changed) =
            (folder.path().join("a.pdf"), folder.path().join("bản sao.pdf"), folder.path().join("c.pdf"));
        let mut bytes = vec![7_u8; 300_000];
        std::fs::write(&first, &bytes)?;
        std::fs::write(&copy, &bytes)?;
        bytes[150_000] = 8;
        std::fs::write(&changed, &bytes)?;
        assert_eq!(Fingerprint::of(&first)?, Fingerprint::of(&copy)?);
        assert_ne!(Fingerprint::of(&first)?, Fingerprint::of(&changed)?);
        assert!(Fingerprint::of(folder.path()).is_err());
        #[cfg(unix)]
        {
            let fifo = folder.path().join("fifo");
            rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)?;
            assert!(Fingerprint::of(&fifo).is_err(), "at once, though it has no writer");
        }
        Ok(())
    }
}
