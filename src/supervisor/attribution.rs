//! What a worker's crash is put down to: which document, by its content, and whether that one is refused from now on.

use super::task::Actor;
use crate::pool::{Blame, Event as PoolEvent};
use crate::quarantine::Fingerprint;
use crate::queue::Ticket;
use crate::status::Event;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tach_protocol::{ErrorBody, ErrorCode};

/// How long reading a suspect document's samples may take.
const FINGERPRINT_DEADLINE: Duration = Duration::from_secs(1);

/// What a crash is put down to, found out beside the loop since it reads a file.
#[derive(Debug)]
pub(crate) struct Attribution {
    ticket: Option<Ticket>,
    document: Option<(PathBuf, Option<Fingerprint>)>,
    stranger: bool,
    error: ErrorBody,
}

impl Actor {
    /// Finds out what a crash is to be put down to, beside the loop.
    pub(super) fn attribute(
        &self,
        ticket: Option<Ticket>,
        document: Option<PathBuf>,
        stranger: bool,
        error: ErrorBody,
    ) {
        let sender = self.attribution_sender.clone();
        tokio::spawn(async move {
            let document = match document {
                Some(path) => Some((path.clone(), fingerprint(path).await)),
                None => None,
            };
            let _ = sender.send(Attribution { ticket, document, stranger, error });
        });
    }

    pub(super) fn on_attribution(&mut self, attribution: Attribution) {
        let Attribution { ticket, document, stranger, error } = attribution;
        let now = Instant::now();
        let mut refused = None;
        let mut blame = Blame::Unknown;
        if let Some((path, print)) = document {
            blame = Blame::Document(print.map_or_else(|| hash_of(&path), |print| hash_of(&print)));
            if let Some(print) = print {
                let (kills, quarantined) = self.quarantine.killed(now, print, &path);
                self.suspects.store(self.quarantine.len(), Ordering::Relaxed);
                if let Some(kills) = self.quarantine.refuses(now, &print) {
                    refused = Some(quarantined_error(&path, kills));
                }
                self.publish(Event::Suspected { path, fingerprint: print, kills, quarantined });
            }
        }
        if stranger {
            blame = Blame::Nobody;
        }
        self.decide(PoolEvent::Attributed { ticket, blame, refused, error });
    }
}

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

pub(super) fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
