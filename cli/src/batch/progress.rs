//! How far a batch has come: a bar in a terminal, a line now and then elsewhere.

use super::super::notes;
use super::super::output;
use super::input::Input;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two lines where stderr is no terminal.
const LINE_PERIOD: Duration = Duration::from_secs(10);

/// Progress of a batch. Clones show the same.
#[derive(Clone)]
pub(crate) struct Bar(Arc<Mutex<State>>);

struct State {
    /// Hidden where replies go to the same terminal.
    bar: ProgressBar,
    /// Lines instead of a bar.
    lines: bool,
    total: Option<u64>,
    done: u64,
    started: Instant,
    last: Instant,
}

impl Bar {
    /// `skipped` requests were answered by an earlier run.
    pub(crate) fn new(input: &Input, replies: &Path, skipped: usize) -> Self {
        let total = input.total.map(|total| total.saturating_sub(skipped as u64));
        let in_terminal = io::stderr().is_terminal();
        let shares_terminal = output::is_stdout(replies) && io::stdout().is_terminal();
        let bar = if in_terminal && !shares_terminal {
            let style =
                if total.is_some() { "{bar:30} {pos} of {len} answered{msg}" } else { "{spinner} {pos} answered{msg}" };
            let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total.unwrap_or_default()).with_style(style)
        } else {
            ProgressBar::hidden()
        };
        let now = Instant::now();
        let state = State { bar, lines: !in_terminal, total, done: 0, started: now, last: now };
        Self(Arc::new(Mutex::new(state)))
    }

    /// One more request is answered.
    pub(crate) fn advance(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += 1;
        let told = told(state.done, state.total, state.started.elapsed());
        state.bar.set_position(state.done);
        state.bar.set_message(told.clone());
        if state.lines && state.last.elapsed() >= LINE_PERIOD {
            state.last = Instant::now();
            let of = state.total.map_or_else(String::new, |total| format!(" of {total}"));
            notes::note(&format!("{}{of} answered{told}", state.done));
        }
    }

    /// Writes a line without disturbing the bar.
    pub(crate) fn note(&self, text: &str) {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.bar.suspend(|| notes::note(text));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bar.finish_and_clear();
    }
}

/// Rate and time left, such as `, 12.3/s, 4 min left`.
fn told(done: u64, total: Option<u64>, elapsed: Duration) -> String {
    let rate = done as f64 / elapsed.as_secs_f64().max(0.001);
    let left = total.filter(|total| *total > done && done > 0).map(|total| (total - done) as f64 / rate);
    let left = match left {
        Some(seconds) if seconds >= 5400.0 => format!(", {:.1} h left", seconds / 3600.0),
        Some(seconds) if seconds >= 90.0 => format!(", {:.0} min left", seconds / 60.0),
        Some(seconds) => format!(", {:.0} s left", seconds.max(1.0)),
        None => String::new(),
    };
    format!(", {rate:.1}/s{left}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_time_left_are_short() {
        let rows = [
            (0, Some(100), 1, ", 0.0/s"),
            (10, None, 2, ", 5.0/s"),
            (10, Some(20), 2, ", 5.0/s, 2 s left"),
            (123, Some(100_000), 10, ", 12.3/s, 2.3 h left"),
            (100, Some(3100), 100, ", 1.0/s, 50 min left"),
            (20, Some(20), 2, ", 10.0/s"),
        ];
        for (done, total, seconds, expected) in rows {
            assert_eq!(told(done, total, Duration::from_secs(seconds)), expected);
        }
    }
}
