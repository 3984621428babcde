//! From a held request to its stored reply.

use super::documents::{Document, DocumentError};
use super::hold::{End, Hold};
use super::shared::Shared;
use crate::names::{DOCUMENT, NODE, OBJECT, STRIKES, SUFFIX};
use crate::objects;
use crate::plan::{Refused, Verdict, backoff, verdict};
use crate::publish;
use async_nats::HeaderMap;
use bytes::Bytes;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tach_protocol::{Command, ErrorBody, ErrorCode, Perf, Reply, Request, parse_request};

/// Longest reply in bytes that is stored as a message; a longer one goes to the object store.
const INLINE_BYTES: usize = 900_000;
/// How long a reply that cannot be stored is held; then the request comes again, to any node.
const STORE_TIMEOUT: Duration = Duration::from_secs(600);
/// How often a sick node tries a request itself before it hands it back.
const SICK_RETRIES: u32 = 3;

/// What the work on a request came to.
enum Worked {
    Answer(Reply),
    NotHere(End),
}

/// Runs a request and stores its reply.
pub(super) async fn run(shared: &Shared, hold: Hold<'_>) -> End {
    match hold.while_working(Box::pin(work(shared, &hold))).await {
        Worked::Answer(reply) => store_and_finish(shared, hold, &reply).await,
        Worked::NotHere(end) => {
            hold.hand_back().await;
            end
        }
    }
}

/// Answers a request that lost too many nodes, and keeps a copy of it for a person.
pub(super) async fn quarantine(shared: &Shared, hold: Hold<'_>) -> End {
    let id = serde_json::from_slice::<Identified>(&hold.message.payload).ok().map(|request| request.id);
    let message = format!(
        "{} nodes were lost, cut off or paused while they held this request; `tach queue dead` shows it, `tach queue retry` runs it again",
        hold.strikes
    );
    let error = ErrorBody::new(ErrorCode::Quarantined, message).with("strikes", hold.strikes);
    let copied = hold.while_working(async {
        for attempt in 0..10 {
            let (headers, payload) = (hold.message.headers.clone().unwrap_or_default(), hold.message.payload.clone());
            let mut kept = HeaderMap::new();
            for name in [DOCUMENT, SUFFIX] {
                if let Some(value) = headers.get(name) {
                    kept.insert(name, value.clone());
                }
            }
            kept.insert(STRIKES, hold.strikes.to_string());
            match publish::store(&shared.connection.jetstream, hold.address.dead(), kept, payload, 0).await {
                Ok(()) | Err(Refused::AlreadyThere) => return true,
                Err(_) => tokio::time::sleep(wait(attempt)).await,
            }
        }
        false
    });
    if !copied.await {
        return End::Sick;
    }
    tracing::warn!("{} is quarantined after {} strikes", hold.address.request(), hold.strikes);
    shared.counts.quarantined.fetch_add(1, Ordering::Relaxed);
    store_and_finish(shared, hold, &Reply::error(id, error, Perf::default())).await
}

#[derive(serde::Deserialize)]
struct Identified {
    id: String,
}

fn wait(attempt: u32) -> Duration {
    backoff(attempt, Duration::from_millis(50), Duration::from_secs(5))
}

async fn work(shared: &Shared, hold: &Hold<'_>) -> Worked {
    // The document stays in the cache as long as it is held.
    let (request, document) = match prepare(shared, hold).await {
        Ok(prepared) => prepared,
        Err(worked) => return *worked,
    };
    if shared.settings.faults && shared.settings.lethal_ids.as_ref().is_some_and(|start| request.id.starts_with(start))
    {
        std::process::abort();
    }
    for _ in 0..=SICK_RETRIES {
        let mut reply = shared.supervisor.submit(request.clone()).await;
        let error = reply.outcome.as_ref().err();
        match verdict(error.map(|error| error.code)) {
            Verdict::Final => {
                if let (Some(document), Err(error)) = (&document, &mut reply.outcome) {
                    *error = document.named_as_sent(error);
                }
                return Worked::Answer(reply);
            }
            Verdict::NodeStops => return Worked::NotHere(End::HandedBack),
            Verdict::NodeIsSick => {
                let asked = error.and_then(|error| error.details.get("retry_after_ms")?.as_u64()).unwrap_or(1000);
                tracing::warn!("this node's workers cannot serve: {}", error.map_or("", |error| &error.message));
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(asked.clamp(50, 10_000))) => {}
                    () = shared.stopped() => return Worked::NotHere(End::HandedBack),
                }
            }
        }
    }
    Worked::NotHere(End::Sick)
}

/// The request as this node runs it: checked, with the path of the fetched document where one was uploaded.
async fn prepare(shared: &Shared, hold: &Hold<'_>) -> Result<(Request, Option<Fetched>), Box<Worked>> {
    let answer = |id, error| Box::new(Worked::Answer(Reply::error(id, error, Perf::default())));
    let parse = |line: &[u8]| {
        parse_request(line, shared.settings.faults).map_err(|refusal| answer(refusal.req_id, refusal.error))
    };
    let mut request = parse(&hold.message.payload)?;
    if let Some(error) = refusal(&request) {
        return Err(answer(Some(request.id), error));
    }
    let Some(name) = hold.header(DOCUMENT) else { return Ok((request, None)) };
    let document = shared.cache.fetch(&shared.streams.documents, name, hold.header(SUFFIX).unwrap_or_default()).await;
    let document = document.map_err(|error| match error {
        DocumentError::Refused(error) => answer(Some(request.id.clone()), error),
        DocumentError::Failed(reason) => {
            tracing::warn!("cannot fetch a document: {reason}");
            Box::new(Worked::NotHere(End::Sick))
        }
    })?;
    let sent_as = request.command.file_path().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let path = document.path().to_string_lossy().into_owned();
    let mut value = serde_json::to_value(&request).unwrap_or_default();
    value["payload"]["file_path"] = path.as_str().into();
    request = parse(value.to_string().as_bytes())?;
    Ok((request, Some(Fetched { path, sent_as, _document: document })))
}

/// An uploaded document in this node's cache.
struct Fetched {
    path: String,
    /// What the submitter calls it.
    sent_as: String,
    _document: Document,
}

impl Fetched {
    /// An error that names the document as the submitter does: the path in the cache means nothing elsewhere.
    fn named_as_sent(&self, error: &ErrorBody) -> ErrorBody {
        let escaped = |text: &str| serde_json::to_string(text).unwrap_or_default().trim_matches('"').to_owned();
        let details = serde_json::to_string(&error.details).unwrap_or_default();
        let details = details.replace(&escaped(&self.path), &escaped(&self.sent_as));
        ErrorBody {
            code: error.code,
            message: error.message.replace(&self.path, &self.sent_as),
            details: serde_json::from_str(&details).unwrap_or_default(),
        }
    }
}

/// Why a request that a worker would take cannot run through a queue.
pub(crate) fn refusal(request: &Request) -> Option<ErrorBody> {
    let invalid =
        |field: &str, message: &str| Some(ErrorBody::new(ErrorCode::InvalidRequest, message).with("field", field));
    if matches!(request.command, Command::Shutdown(_)) {
        return invalid("cmd", "a queue is not shut down by a request; stop its nodes with SIGTERM");
    }
    if request.command.is_by_mmap() {
        return invalid("payload.transport", "shared memory does not reach other machines; use transport inline");
    }
    None
}

async fn store_and_finish(shared: &Shared, hold: Hold<'_>, reply: &Reply) -> End {
    let stored = match serde_json::to_vec(reply) {
        Ok(line) => hold.while_working(store(shared, &hold, line.into())).await,
        Err(error) => {
            tracing::error!("cannot write a reply: {error}");
            false
        }
    };
    if stored {
        return hold.done().await;
    }
    // It is delivered again after `ack_wait`.
    End::Sick
}

/// Stores a reply where none is stored yet. Tells whether one is stored now, this one or another.
async fn store(shared: &Shared, hold: &Hold<'_>, line: Bytes) -> bool {
    let (jetstream, results) = (&shared.connection.jetstream, &shared.streams.results);
    let until = Instant::now() + STORE_TIMEOUT;
    let mut is_long = line.len() > INLINE_BYTES.min(shared.connection.max_payload() / 10 * 9);
    let mut object: Option<String> = None;
    for attempt in 0.. {
        if is_long && object.is_none() {
            let name = hold.address.object(&shared.connection.client.new_inbox().replace('.', "-"));
            match objects::put(results, &name, &*line).await {
                Ok(()) => object = Some(name),
                Err(error) => tracing::warn!("cannot store a long reply: {error}"),
            }
        }
        let mut headers = HeaderMap::new();
        headers.insert(NODE, shared.settings.name.as_str());
        let payload = match &object {
            Some(name) => {
                headers.insert(OBJECT, name.as_str());
                Bytes::new()
            }
            None => line.clone(),
        };
        if object.is_some() || !is_long {
            match publish::store(jetstream, hold.address.reply(), headers, payload, 0).await {
                Ok(()) => {
                    shared.counts.answered.fetch_add(1, Ordering::Relaxed);
                    return true;
                }
                Err(Refused::AlreadyThere) => {
                    shared.counts.answered_elsewhere.fetch_add(1, Ordering::Relaxed);
                    drop_loser(shared, hold, object).await;
                    return true;
                }
                Err(Refused::TooLong) if object.is_some() => return false,
                Err(Refused::TooLong) => {
                    is_long = true;
                    continue;
                }
                Err(reason) => tracing::warn!("cannot store a reply yet ({reason:?})"),
            }
        }
        if Instant::now() >= until {
            break;
        }
        tokio::time::sleep(wait(attempt)).await;
    }
    false
}

/// Deletes the bytes of a reply that another one preceded. The stored one may be this node's own, whose confirmation was lost: its
/// bytes stay.
async fn drop_loser(shared: &Shared, hold: &Hold<'_>, object: Option<String>) {
    let Some(object) = object else { return };
    if let Ok(stored) = shared.streams.replies.direct_get_last_for_subject(hold.address.reply()).await
        && stored.headers.get(OBJECT).is_none_or(|name| name.as_str() != object)
    {
        objects::delete(&shared.streams.results, &object).await;
    }
}
