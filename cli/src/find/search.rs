//! The search itself: parts of the document given to workers as they become free, and put together in page order.

use crate::exit::{Failure, is_worker_lost};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tach_supervisor::{Error, ErrorCode, FindText, FoundText, Progress, Supervisor, TextMatch};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Pages of one request: a worker keeps what it has read in pieces of 32 pages.
const PART_PAGES: u32 = 64;

/// What was found in all parts.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) matches: Vec<TextMatch>,
    pub(super) truncated: bool,
    pub(super) unreadable_pages: Vec<u32>,
}

/// Asks for `ask` in a document of `page_count` pages, `workers` parts at a time. Stops early once the first parts of the document
/// have given as many places as `ask.limit`. A page that a worker does not survive, within `page_timeout`, is unreadable.
pub(super) async fn search(
    supervisor: &Supervisor,
    ask: &FindText,
    page_count: u32,
    workers: usize,
    page_timeout: Duration,
) -> Result<Places, Failure> {
    let [first, last] = ask.page_range.unwrap_or([0, page_count.saturating_sub(1)]);
    if page_count == 0 {
        return Ok(Places::default());
    }
    let bar = Bar::new(last.saturating_sub(first) + 1, "pages");
    let next = Arc::new(AtomicU32::new(first));
    let enough = Arc::new(AtomicBool::new(false));
    let (done, mut parts) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (supervisor, ask, done) = (supervisor.clone(), ask.clone(), done.clone());
        let (next, enough, bar) = (Arc::clone(&next), Arc::clone(&enough), bar.clone());
        tasks.spawn(async move {
            while let (false, Some([start, stop])) = (enough.load(Ordering::Relaxed), take_part(&next, last)) {
                let part = FindText { page_range: Some([start, stop]), ..ask.clone() };
                let found = match supervisor.find_text(part).progress(bar.part()).await {
                    Err(error) if is_worker_lost(error.code()) => {
                        page_by_page(&supervisor, &ask, [start, stop], page_timeout).await
                    }
                    found => found.map(Places::from),
                };
                bar.finished(stop - start + 1);
                let failed = found.is_err();
                if done.send((start, found)).is_err() || failed {
                    break;
                }
            }
        });
    }
    drop(done);
    let mut waiting: BTreeMap<u32, Places> = BTreeMap::new();
    let mut places = Places::default();
    let mut expected = first;
    let mut failure: Option<Error> = None;
    while let Some((start, found)) = parts.recv().await {
        match found {
            Ok(found) => drop(waiting.insert(start, found)),
            Err(error) => {
                enough.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
            }
        }
        while let Some(part) = waiting.remove(&expected) {
            expected = part_end(expected, last) + 1;
            places.add(part, ask.limit);
            if places.truncated || (places.matches.len() == ask.limit as usize && expected <= last) {
                places.truncated = true;
                enough.store(true, Ordering::Relaxed);
            }
        }
        if places.truncated {
            break;
        }
    }
    tasks.shutdown().await;
    bar.clear();
    match failure {
        Some(error) if !places.truncated => Err(error.into()),
        _ => Ok(places),
    }
}

/// A part that a worker did not survive: its pages one at a time, so that only those are lost that no worker survives.
async fn page_by_page(
    supervisor: &Supervisor,
    ask: &FindText,
    [start, stop]: [u32; 2],
    timeout: Duration,
) -> Result<Places, Error> {
    let mut places = Places::default();
    for page in start..=stop {
        let one = FindText { page_range: Some([page, page]), ..ask.clone() };
        match supervisor.find_text(one).timeout(timeout).await {
            Ok(found) => places.add(found.into(), ask.limit),
            Err(error) if error.code() == ErrorCode::Quarantined => return Err(error),
            Err(error) if is_worker_lost(error.code()) => places.unreadable_pages.push(page),
            Err(error) => return Err(error),
        }
        if places.truncated {
            break;
        }
    }
    Ok(places)
}

impl From<FoundText> for Places {
    fn from(found: FoundText) -> Self {
        Self { matches: found.matches, truncated: found.truncated, unreadable_pages: found.unreadable_pages }
    }
}

impl Places {
    /// Adds the part that follows, up to `limit` places in all.
    fn add(&mut self, part: Self, limit: u32) {
        let room = (limit as usize).saturating_sub(self.matches.len());
        self.truncated |= part.truncated || part.matches.len() > room;
        self.matches.extend(part.matches.into_iter().take(room));
        self.unreadable_pages.extend(part.unreadable_pages);
    }
}

/// The next part that no worker has.
fn take_part(next: &AtomicU32, last: u32) -> Option<[u32; 2]> {
    let taken = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |start| {
        (start <= last).then(|| part_end(start, last).saturating_add(1))
    });
    taken.ok().map(|start| [start, part_end(start, last)])
}

/// The last page of the part that starts with `start`: parts end at multiples of [`PART_PAGES`].
fn part_end(start: u32, last: u32) -> u32 {
    (start - start % PART_PAGES).saturating_add(PART_PAGES - 1).min(last)
}

/// A bar on stderr, hidden where that is no terminal.
#[derive(Clone)]
pub(super) struct Bar {
    shown: ProgressBar,
    done: Arc<AtomicU32>,
}

impl Bar {
    pub(super) fn new(steps: u32, what: &str) -> Self {
        let style = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {what}, {{eta}} left"));
        let shown = ProgressBar::new(steps.into()).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { shown, done: Arc::new(AtomicU32::new(0)) }
    }

    /// Where the progress of a part goes: it moves the bar within the part.
    fn part(&self) -> mpsc::UnboundedSender<Progress> {
        let (sender, mut steps) = mpsc::unbounded_channel::<Progress>();
        let bar = self.clone();
        tokio::spawn(async move {
            while let Some(step) = steps.recv().await {
                let position = u64::from(bar.done.load(Ordering::Relaxed)) + step.done;
                bar.shown.set_position(position.max(bar.shown.position()));
            }
        });
        sender
    }

    pub(super) fn finished(&self, pages: u32) {
        let done = self.done.fetch_add(pages, Ordering::Relaxed) + pages;
        self.shown.set_position(u64::from(done).max(self.shown.position()));
    }

    pub(super) fn clear(&self) {
        self.shown.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_every_page_once_and_end_at_multiples() {
        for (first, last) in [(0, 0), (0, 63), (0, 64), (5, 200), (63, 64), (130, 131), (0, u32::MAX)] {
            let next = AtomicU32::new(if last == u32::MAX { last - 70 } else { first });
            let mut expected = next.load(Ordering::Relaxed);
            for _ in 0..10 {
                let Some([start, stop]) = take_part(&next, last) else { break };
                assert_eq!(start, expected);
                assert!(stop == last || (stop + 1) % PART_PAGES == 0, "{start} to {stop}");
                if stop == last {
                    break;
                }
                expected = stop + 1;
            }
        }
    }

    #[test]
    fn places_end_at_the_limit_and_say_so() {
        let part = |count: usize| {
            let place = r#"{"page_index":1,"text":"a","context":"a","boxes":[]}"#;
            let place: TextMatch = serde_json::from_str(place).expect("a place");
            Places { matches: vec![place; count], ..Places::default() }
        };
        let mut places = Places::default();
        places.add(part(3), 5);
        assert!(!places.truncated);
        places.add(part(2), 5);
        assert!(!places.truncated);
        places.add(part(1), 5);
        assert_eq!((places.matches.len(), places.truncated), (5, true));
    }
}
