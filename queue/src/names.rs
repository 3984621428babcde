//! Names on the server: streams, buckets, subjects, headers, and the key of a request.

use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use tach_protocol::Request;

/// Stream of requests that wait or run.
pub const REQUESTS: &str = "TACH_REQ";
/// Stream of replies, one for each subject.
pub const REPLIES: &str = "TACH_REP";
/// Stream of records of the tasks that a service took.
pub const TASKS: &str = "TACH_TASK";
/// Stream of requests that were answered `quarantined`.
pub const DEAD: &str = "TACH_DEAD";
/// Bucket of uploaded documents, named by their SHA-256.
pub const DOCUMENTS: &str = "TACH_DOC";
/// Bucket of replies that are too long for a message.
pub const RESULTS: &str = "TACH_OUT";
/// Durable consumer that all nodes share.
pub const NODES: &str = "nodes";

/// Header: deliveries of earlier forms of this message that count against the request.
pub const STRIKES: &str = "Tach-Strikes";
/// Header: name of the uploaded document in [`DOCUMENTS`].
pub const DOCUMENT: &str = "Tach-Document";
/// Header: ending of the document's name, such as `.pdf`.
pub const SUFFIX: &str = "Tach-Document-Suffix";
/// Header: the reply's name in [`RESULTS`]; the message's payload is empty then.
pub const OBJECT: &str = "Tach-Object";
/// Header: which node answered.
pub const NODE: &str = "Tach-Node";

const MAX_JOB_CHARS: usize = 64;

/// Name of a set of requests: 1 to 64 letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Job(String);

impl FromStr for Job {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if (1..=MAX_JOB_CHARS).contains(&text.len()) && text.chars().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("a job's name is 1 to {MAX_JOB_CHARS} letters, digits, `-` and `_`"))
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What tells requests of a job apart: half of the SHA-256 of the request's JSON, its id included.
///
/// The same request has the same key in every run, so a repeated submission meets what is queued or answered already. Another
/// request under the same id has another key, so it cannot get the first one's reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; 16]);

impl Key {
    /// The key of a request as its JSON text.
    pub fn of(request: &[u8]) -> Self {
        let digest = Sha256::digest(request);
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
}

impl Key {
    /// A key that cannot be guessed, for a request that is to run whatever else is queued.
    ///
    /// # Panics
    /// The system makes no random bytes.
    pub fn random() -> Self {
        let mut key = [0; 16];
        // A key is a capability: who knows it may read the reply. The system's own source makes it.
        getrandom::fill(&mut key).expect("the system makes random bytes");
        Self(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut key = [0; 16];
        hex::decode_to_slice(text, &mut key).map_err(|error| format!("no key of a request: {error}"))?;
        Ok(Self(key))
    }
}

/// Where a request, its reply and its copy in quarantine are: the same job and key under three roots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The job.
    pub job: Job,
    /// The request's key.
    pub key: Key,
}

impl Address {
    /// The address of a request, and the request's JSON text.
    ///
    /// # Errors
    /// A value of the request cannot be written as JSON.
    pub fn of(job: &Job, request: &Request) -> serde_json::Result<(Self, Vec<u8>)> {
        let text = serde_json::to_vec(request)?;
        Ok((Self { job: job.clone(), key: Key::of(&text) }, text))
    }

    /// Reads the subject of a request, a reply or a dead request.
    pub fn parse(subject: &str) -> Option<Self> {
        let mut parts = subject.split('.');
        let (Some("tach"), Some("req" | "rep" | "dead")) = (parts.next(), parts.next()) else { return None };
        let (job, key) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Self { job, key })
    }

    /// Subject of the request.
    pub fn request(&self) -> String {
        format!("tach.req.{}.{}", self.job, self.key)
    }

    /// Subject of the reply.
    pub fn reply(&self) -> String {
        format!("tach.rep.{}.{}", self.job, self.key)
    }

    /// Subject of the record of a task.
    pub fn task(&self) -> String {
        format!("tach.task.{}.{}", self.job, self.key)
    }

    /// Subject of the copy of a request in quarantine.
    pub fn dead(&self) -> String {
        format!("tach.dead.{}.{}", self.job, self.key)
    }

    /// Name of a long reply in [`RESULTS`]. Each attempt has its own, so that none overwrites another's bytes.
    pub fn object(&self, attempt: &str) -> String {
        format!("{}/{}/{attempt}", self.job, self.key)
    }
}

/// Every subject of a job, or of all jobs, under one root (`req`, `rep`, `dead` or `task`).
pub fn subjects(root: &str, job: Option<&Job>) -> String {
    job.map_or_else(|| format!("tach.{root}.>"), |job| format!("tach.{root}.{job}.>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_name_is_one_token_of_a_subject() {
        for good in ["a", "Plans-2026_11", &"x".repeat(64)] {
            assert!(good.parse::<Job>().is_ok(), "{good}");
        }
        for bad in ["", "a.b", "a b", "*", ">", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<Job>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_address_is_in_every_subject() {
        let request = tach_protocol::parse_request(br#"{"id":"1","cmd":"ping"}"#, false).expect("a request");
        let job: Job = "plans".parse().expect("a job");
        let (address, text) = Address::of(&job, &request).expect("JSON");
        assert_eq!(address.key, Key::of(&text));
        for subject in [address.request(), address.reply(), address.dead()] {
            assert_eq!(Address::parse(&subject), Some(address.clone()), "{subject}");
        }
        for wrong in ["tach.req.plans", "tach.other.plans.00", "tach.req.plans.zz", &format!("{}.x", address.reply())] {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn another_request_under_the_same_id_has_another_key() {
        let key = |line: &[u8]| {
            let request = tach_protocol::parse_request(line, false).expect("a request");
            Address::of(&"j".parse().expect("a job"), &request).expect("JSON").0.key
        };
        let spaced = key(br#"{"cmd":"ping", "id":"1"}"#);
        assert_eq!(key(br#"{"id":"1","cmd":"ping"}"#), spaced, "the same request, written otherwise");
        assert_ne!(key(br#"{"id":"1","cmd":"ping","timeout_ms":9}"#), spaced);
    }
}
