//! The books of a submission, without I/O: which requests are sent, which replies are known, which are handed on.

use crate::names::{Address, Key};
use bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A request that has no reply yet.
#[derive(Clone, Debug)]
pub(super) struct Outstanding {
    pub(super) id: String,
    pub(super) address: Address,
    pub(super) payload: Bytes,
    /// The document to upload.
    pub(super) document: Option<PathBuf>,
}

#[derive(Debug)]
struct Entry {
    request: Outstanding,
    state: State,
    /// Since when it is in this state, or when it was last looked for.
    since: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sending,
    Queued,
    Fetching,
}

/// What follows from a request of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Send it.
    Send,
    /// Its reply is stored already: fetch it.
    Fetch,
    /// It stood in the input before.
    Repeated,
}

/// What follows from a reply that is stored on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It is waited for: fetch it.
    Fetch,
    /// Its request was not read yet, or is being fetched or handed on already.
    Noted,
}

/// The books.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    waiting: HashMap<Key, Entry>,
    waiting_bytes: usize,
    /// Replies whose requests were not read yet.
    early: HashSet<Key>,
    handed_on: HashSet<Key>,
}

impl Ledger {
    pub(super) fn take(&mut self, request: Outstanding, now: Instant) -> Taken {
        let key = request.address.key;
        if self.waiting.contains_key(&key) || self.handed_on.contains(&key) {
            return Taken::Repeated;
        }
        let is_stored = self.early.remove(&key);
        let state = if is_stored { State::Fetching } else { State::Sending };
        self.waiting_bytes += request.payload.len();
        self.waiting.insert(key, Entry { request, state, since: now });
        if is_stored { Taken::Fetch } else { Taken::Send }
    }

    /// The server has the request, from this submission or an earlier one.
    pub(super) fn sent(&mut self, key: Key, now: Instant) {
        self.set(key, State::Sending, State::Queued, now);
    }

    /// The server has a reply.
    pub(super) fn arrived(&mut self, key: Key, now: Instant) -> Arrival {
        if self.handed_on.contains(&key) {
            return Arrival::Noted;
        }
        let Some(entry) = self.waiting.get_mut(&key) else {
            self.early.insert(key);
            return Arrival::Noted;
        };
        if entry.state == State::Fetching {
            return Arrival::Noted;
        }
        (entry.state, entry.since) = (State::Fetching, now);
        Arrival::Fetch
    }

    /// The reply was handed on. Tells whether it is the first for this request.
    pub(super) fn handed_on(&mut self, key: Key) -> bool {
        if let Some(entry) = self.waiting.remove(&key) {
            self.waiting_bytes -= entry.request.payload.len();
        }
        self.handed_on.insert(key)
    }

    /// The server has neither the request nor a reply: the request to send again, where it is still waited for.
    pub(super) fn lost(&mut self, key: Key, now: Instant) -> Option<Outstanding> {
        let entry = self.waiting.get_mut(&key).filter(|entry| entry.state != State::Sending)?;
        (entry.state, entry.since) = (State::Sending, now);
        Some(entry.request.clone())
    }

    /// Requests that were queued at least `age` ago, oldest first, at most `limit`. They are not named again for another `age`.
    pub(super) fn overdue(&mut self, age: Duration, limit: usize, now: Instant) -> Vec<Address> {
        let is_overdue =
            |entry: &Entry| entry.state == State::Queued && now.saturating_duration_since(entry.since) >= age;
        let mut due: Vec<(Instant, Key)> = self
            .waiting
            .iter()
            .filter(|(_, entry)| is_overdue(entry))
            .map(|(key, entry)| (entry.since, *key))
            .collect();
        due.sort_unstable();
        due.truncate(limit);
        let mut addresses = Vec::with_capacity(due.len());
        for (_, key) in due {
            if let Some(entry) = self.waiting.get_mut(&key) {
                entry.since = now;
                addresses.push(entry.request.address.clone());
            }
        }
        addresses
    }

    pub(super) fn id(&self, key: Key) -> Option<&str> {
        self.waiting.get(&key).map(|entry| &*entry.request.id)
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    fn set(&mut self, key: Key, from: State, to: State, now: Instant) {
        if let Some(entry) = self.waiting.get_mut(&key).filter(|entry| entry.state == from) {
            (entry.state, entry.since) = (to, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(30);

    fn request(id: &str) -> Outstanding {
        let payload = Bytes::from(id.to_owned().into_bytes());
        let address = Address { job: "j".parse().expect("a job"), key: Key::of(&payload) };
        Outstanding { id: id.to_owned(), address, payload, document: None }
    }

    #[test]
    fn a_request_is_sent_once_and_its_reply_handed_on_once() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        let key = request("1").address.key;
        assert_eq!(ledger.take(request("1"), now), Taken::Send);
        assert_eq!(ledger.take(request("1"), now), Taken::Repeated);
        ledger.sent(key, now);
        assert_eq!(ledger.arrived(key, now), Arrival::Fetch);
        assert_eq!(ledger.arrived(key, now), Arrival::Noted, "it is being fetched");
        assert!(ledger.handed_on(key));
        assert!(!ledger.handed_on(key));
        assert_eq!(ledger.arrived(key, now), Arrival::Noted);
        assert_eq!(ledger.take(request("1"), now), Taken::Repeated);
        assert_eq!((ledger.waiting(), ledger.waiting_bytes()), (0, 0));
    }

    #[test]
    fn a_reply_that_an_earlier_run_got_is_fetched_and_its_request_not_sent() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        let key = request("1").address.key;
        assert_eq!(ledger.arrived(key, now), Arrival::Noted);
        assert_eq!(ledger.take(request("1"), now), Taken::Fetch);
        assert_eq!(ledger.take(request("2"), now), Taken::Send);
    }

    #[test]
    fn a_reply_may_come_before_the_confirmation_that_the_request_is_queued() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        let key = request("1").address.key;
        ledger.take(request("1"), now);
        assert_eq!(ledger.arrived(key, now), Arrival::Fetch);
        ledger.sent(key, now);
        assert!(ledger.overdue(AGE, 10, now + AGE).is_empty(), "it is being fetched, not queued");
    }

    #[test]
    fn what_waits_long_is_looked_for_and_sent_again_where_it_is_lost() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        for id in ["1", "2", "3"] {
            ledger.take(request(id), now);
        }
        let [first, second, third] = ["1", "2", "3"].map(|id| request(id).address.key);
        ledger.sent(first, now);
        ledger.sent(second, now + Duration::from_secs(1));
        let keys = |found: Vec<Address>| found.into_iter().map(|address| address.key).collect::<Vec<_>>();
        assert!(ledger.overdue(AGE, 10, now + AGE / 2).is_empty());
        assert_eq!(keys(ledger.overdue(AGE, 1, now + 2 * AGE)), [first], "the oldest first");
        assert_eq!(keys(ledger.overdue(AGE, 10, now + 2 * AGE)), [second], "the first was looked for just now");
        assert!(ledger.lost(third, now).is_none(), "it is still being sent");
        assert_eq!(ledger.lost(first, now).map(|request| request.id), Some("1".to_owned()));
        ledger.handed_on(second);
        assert!(ledger.lost(second, now).is_none());
    }
}
