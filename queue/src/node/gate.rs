//! The gate of a node: many ordinary requests at a time, or one suspect alone.
//!
//! A slot holds its place from before it pulls until its request is finished, so that a suspect that runs alone shares the node
//! with no other request, not even one that only waits.

use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard, OwnedRwLockReadGuard, RwLock, RwLockWriteGuard};

/// The gate.
#[derive(Default)]
pub(super) struct Gate {
    places: Arc<RwLock<()>>,
    suspect: Mutex<()>,
}

/// A place among others.
pub(super) struct Shared(#[expect(dead_code, reason = "held for its drop")] OwnedRwLockReadGuard<()>);

/// The node for one request.
pub(super) struct Alone<'a>(
    #[expect(dead_code, reason = "held for its drop")] (RwLockWriteGuard<'a, ()>, MutexGuard<'a, ()>),
);

impl Gate {
    /// Waits for a place among others.
    pub(super) async fn enter(&self) -> Shared {
        Shared(Arc::clone(&self.places).read_owned().await)
    }

    /// Whether a suspect has the node or waits for it.
    pub(super) fn is_wanted(&self) -> bool {
        self.suspect.try_lock().is_err()
    }

    /// Gives up a place among others and waits until every other slot has given up its own. `None` at once where another suspect has the
    /// node or waits for it: two must not meet.
    pub(super) async fn alone(&self, place: Shared) -> Option<Alone<'_>> {
        drop(place);
        let only = self.suspect.try_lock().ok()?;
        Some(Alone((self.places.write().await, only)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SOON: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_suspect_waits_for_the_others_and_keeps_them_out() {
        let gate = Gate::default();
        let (suspect, other) = (gate.enter().await, gate.enter().await);
        let alone = gate.alone(suspect);
        tokio::pin!(alone);
        assert!(!gate.is_wanted());
        assert!(tokio::time::timeout(SOON, &mut alone).await.is_err(), "another slot still has its place");
        assert!(gate.is_wanted());
        assert!(tokio::time::timeout(SOON, gate.enter()).await.is_err(), "nothing enters before a waiting suspect");
        drop(other);
        let alone = alone.await.expect("the only suspect");
        assert!(tokio::time::timeout(SOON, gate.enter()).await.is_err(), "nothing runs beside it");
        drop(alone);
        gate.enter().await;
    }

    #[tokio::test]
    async fn two_suspects_never_meet() {
        let gate = Gate::default();
        let (first, second, other) = (gate.enter().await, gate.enter().await, gate.enter().await);
        let alone = gate.alone(first);
        tokio::pin!(alone);
        assert!(tokio::time::timeout(SOON, &mut alone).await.is_err());
        let refused = tokio::time::timeout(SOON, gate.alone(second)).await;
        assert!(refused.expect("at once").is_none());
        drop(other);
        assert!(alone.await.is_some(), "the second does not keep a place");
    }
}
