//! Work that outlives its request: jobs in memory, with their state, their result for a while, and a way to give them up.

use crate::failure::Failure;
use crate::settings::Bounds;
use bytes::Bytes;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// Ended jobs that are kept, as a multiple of those that may wait or run.
const ENDED_PER_RUNNING: usize = 8;

/// Where a job is.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// It waits for others.
    Pending,
    /// It runs.
    Started,
    /// It is done; the result is kept for a while.
    Ended(Outcome),
}

/// How a job ended.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Why it failed; `None` where it succeeded.
    pub(crate) failure: Option<String>,
    /// The answer, as JSON.
    pub(crate) body: Bytes,
}

/// One job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    number: u64,
    state: watch::Sender<State>,
}

impl Job {
    /// Where it is now.
    pub(crate) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Sees each change of the state.
    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Waits until it has ended, at most this long.
    pub(crate) async fn wait(&self, at_most: Duration) {
        let mut watch = self.watch();
        let _ = tokio::time::timeout(at_most, async {
            let _ = watch.wait_for(|state| matches!(state, State::Ended(_))).await;
        })
        .await;
    }
}

/// A job as a client sees it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) state: State,
    /// Its place among those that wait, from 1.
    pub(crate) position: Option<usize>,
}

/// All jobs.
#[derive(Debug)]
pub(crate) struct Jobs {
    all: Mutex<All>,
    running: Arc<Semaphore>,
    bounds: Bounds,
}

#[derive(Debug, Default)]
struct All {
    jobs: HashMap<String, Kept>,
    next: u64,
}

#[derive(Debug)]
struct Kept {
    job: Arc<Job>,
    ended: Option<Instant>,
    task: Option<tokio::task::AbortHandle>,
}

impl Jobs {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { all: Mutex::default(), running: Arc::new(Semaphore::new(bounds.running_jobs)), bounds }
    }

    /// Starts a job. `work` runs when its turn has come.
    ///
    /// # Errors
    /// 429 where as many wait or run as may.
    pub(crate) fn start<W>(self: &Arc<Self>, work: W) -> Result<Arc<Job>, Failure>
    where
        W: Future<Output = Outcome> + Send + 'static,
    {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        self.expire(&mut all);
        let unfinished = all.jobs.values().filter(|kept| kept.ended.is_none()).count();
        if unfinished >= self.bounds.jobs {
            return Err(Failure::busy(format!("{unfinished} jobs wait or run already; try again later"), 5));
        }
        all.next += 1;
        let job =
            Arc::new(Job { id: crate::ids::random_id(), number: all.next, state: watch::Sender::new(State::Pending) });
        all.jobs.insert(job.id.clone(), Kept { job: Arc::clone(&job), ended: None, task: None });
        let (jobs, running) = (Arc::clone(self), Arc::clone(&job));
        let task = tokio::spawn(async move {
            let Ok(place) = Arc::clone(&jobs.running).acquire_owned().await else { return };
            running.state.send_replace(State::Started);
            let outcome = work.await;
            drop(place);
            jobs.end(&running, outcome);
        });
        if let Some(kept) = all.jobs.get_mut(&job.id) {
            kept.task = Some(task.abort_handle());
        }
        Ok(job)
    }

    /// A job by its id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Job>> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        self.expire(&mut all);
        all.jobs.get(id).map(|kept| Arc::clone(&kept.job))
    }

    /// A job as a client sees it.
    pub(crate) fn seen(&self, job: &Job) -> Seen {
        Seen { id: job.id.clone(), state: job.state(), position: self.position(job) }
    }

    /// How many jobs were started before this one and haven't been started on yet, itself included; `None` once it runs.
    pub(crate) fn position(&self, job: &Job) -> Option<usize> {
        if !matches!(job.state(), State::Pending) {
            return None;
        }
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let waits_before =
            |kept: &&Kept| kept.job.number <= job.number && matches!(*kept.job.state.borrow(), State::Pending);
        Some(all.jobs.values().filter(waits_before).count())
    }

    /// Gives a job up, or forgets its result. Tells whether there was one.
    pub(crate) fn cancel(&self, id: &str, outcome: Outcome) -> bool {
        let removed = self.all.lock().unwrap_or_else(PoisonError::into_inner).jobs.remove(id);
        let Some(kept) = removed else { return false };
        if let Some(task) = kept.task {
            task.abort();
        }
        if kept.ended.is_none() {
            // Those who wait for it hear of its end.
            kept.job.state.send_replace(State::Ended(outcome));
        }
        true
    }

    /// Jobs that wait or run.
    pub(crate) fn unfinished(&self) -> usize {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.jobs.values().filter(|kept| kept.ended.is_none()).count()
    }

    fn end(&self, job: &Job, outcome: Outcome) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = all.jobs.get_mut(&job.id) {
            kept.ended = Some(Instant::now());
            kept.task = None;
            job.state.send_replace(State::Ended(outcome));
        }
        self.expire(&mut all);
    }

    /// Drops results that are too old, then the oldest where there are too many or too large ones.
    fn expire(&self, all: &mut All) {
        all.jobs.retain(|_, kept| kept.ended.is_none_or(|ended| ended.elapsed() < self.bounds.job_ttl));
        let mut ended: Vec<_> = all
            .jobs
            .values()
            .filter_map(|kept| match (&*kept.job.state.borrow(), kept.ended) {
                (State::Ended(outcome), Some(ended)) => Some((ended, outcome.body.len(), kept.job.id.clone())),
                _ => None,
            })
            .collect();
        ended.sort_by_key(|(ended, ..)| std::cmp::Reverse(*ended));
        let (mut count, mut bytes) = (0, 0);
        for (_, length, id) in ended {
            count += 1;
            bytes += length;
            // The newest result is kept whatever its size: otherwise no one could fetch it.
            if count > 1 && (bytes > self.bounds.results_bytes || count > self.bounds.jobs * ENDED_PER_RUNNING) {
                all.jobs.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(bytes: usize) -> Outcome {
        Outcome { failure: None, body: vec![0; bytes].into() }
    }

    #[tokio::test]
    async fn jobs_run_in_their_turn_and_results_are_bounded() {
        let bounds = Bounds { jobs: 3, running_jobs: 1, results_bytes: 10, ..Bounds::default() };
        let jobs = Arc::new(Jobs::new(bounds));
        let (release, wait) = tokio::sync::oneshot::channel::<()>();
        let first = jobs
            .start(async move {
                let _ = wait.await;
                done(6)
            })
            .unwrap();
        let second = jobs.start(async { done(6) }).unwrap();
        let third = jobs.start(std::future::pending()).unwrap();
        assert_eq!(jobs.start(async { done(1) }).unwrap_err().status.as_u16(), 429);
        let mut watch = first.watch();
        let _ = watch.wait_for(|state| matches!(state, State::Started)).await;
        assert_eq!([jobs.position(&first), jobs.position(&second), jobs.position(&third)], [None, Some(1), Some(2)]);
        assert!(jobs.cancel(&third.id, Outcome { failure: Some("cancelled".into()), body: Bytes::new() }));
        third.wait(Duration::from_secs(5)).await;
        assert!(matches!(third.state(), State::Ended(Outcome { failure: Some(_), .. })));
        release.send(()).unwrap();
        second.wait(Duration::from_secs(5)).await;
        assert!(matches!(second.state(), State::Ended(_)));
        assert!(jobs.find(&first.id).is_none(), "both results together are too large");
        assert!(jobs.find(&second.id).is_some());
        assert_eq!(jobs.unfinished(), 0);
    }
}
