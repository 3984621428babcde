//! What a worker's crash is put down to: which document, by its content, and whether that one is refused from now on.

use super::actor::Actor;
use super::messages::Attribution;
use crate::ids::Ticket;
use crate::pool::{Blame, Event as PoolEvent};
use crate::quarantine::{fingerprint, quarantined_error};
use crate::queue::hash_of;
use crate::status::Event;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tach_protocol::ErrorBody;

impl Actor {
    /// Finds out what a crash is to be put down to, beside the loop.
    pub(super) fn attribute(
        &self,
        ticket: Option<Ticket>,
        document: Option<PathBuf>,
        external: bool,
        error: ErrorBody,
    ) {
        let sender = self.attribution_sender.clone();
        tokio::spawn(async move {
            let document = match document {
                Some(path) => Some((path.clone(), fingerprint(path).await)),
                None => None,
            };
            let _ = sender.send(Attribution { ticket, document, external, error });
        });
    }

    pub(super) fn on_attribution(&mut self, attribution: Attribution) {
        let Attribution { ticket, document, external, error } = attribution;
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
        if external {
            blame = Blame::NotCounted;
        }
        self.decide(PoolEvent::Attributed { ticket, blame, refused, error });
    }
}
