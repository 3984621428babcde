//! Reads the sheets of a set: pages given to workers as they become free, rows in the order of the pages.

use super::row::Row;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tach_supervisor::{Error, ReadSheet, Supervisor};
use tokio::task::JoinSet;

/// Reads the pages `first` to `last`, `workers` at a time; a page that cannot be read gives a row that says so. With `quick` the
/// pages that `named` has are not read.
pub(super) async fn read(
    supervisor: &Supervisor,
    ask: &ReadSheet,
    [first, last]: [u32; 2],
    named: BTreeMap<u32, (String, String)>,
    quick: bool,
    workers: usize,
) -> Vec<Row> {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} sheets, {eta} left");
    let bar = ProgressBar::new(u64::from(last - first) + 1)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let next = Arc::new(AtomicU32::new(first));
    let named = Arc::new(named);
    let mut tasks = JoinSet::new();
    // Two requests a worker: the next one is there when a reply has been written.
    for _ in 0..workers * 2 {
        let (supervisor, ask, bar) = (supervisor.clone(), ask.clone(), bar.clone());
        let (next, named) = (Arc::clone(&next), Arc::clone(&named));
        tasks.spawn(async move {
            let mut rows = Vec::new();
            loop {
                let page_index = next.fetch_add(1, Ordering::Relaxed);
                if page_index > last {
                    return rows;
                }
                let name = named.get(&page_index);
                rows.push(if quick && name.is_some() {
                    Row::unread(page_index, name, None)
                } else {
                    match supervisor.read_sheet(ReadSheet { page_index, ..ask.clone() }).await {
                        Ok(sheet) => Row::of(page_index, sheet, name),
                        Err(error) => Row::unread(page_index, name, Some(code(&error))),
                    }
                });
                bar.inc(1);
            }
        });
    }
    let mut rows: Vec<Row> = tasks.join_all().await.into_iter().flatten().collect();
    bar.finish_and_clear();
    rows.sort_by_key(|row| row.page);
    rows
}

fn code(error: &Error) -> String {
    error.code().to_string()
}
