//! The pages that have no text to be searched, read by OCR: several at a time, each by `extract_text`.

use super::needle::Needle;
use super::search::Bar;
use super::tiles;
use crate::exit::Failure;
use std::cmp::Ordering::Equal;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tach_supervisor::{
    Bbox, Error, ErrorCode, ExtractText, FindText, PageSize, Supervisor, TextLine, TextMatch, TextSource,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Characters of a line that are told on each side of a place.
const AROUND: usize = 60;

/// What was found on the pages that were read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) matches: Vec<TextMatch>,
    /// Pages that could not be read either, or not all of them.
    pub(super) unread: Vec<u32>,
}

/// Looks for `ask` on `pages`, `workers` parts of pages at a time, each within `timeout`, until more is found than its
/// limit; in page order. `sizes` are those of all pages.
///
/// Fails only where OCR or one of `languages` is not there.
pub(super) async fn read(
    supervisor: &Supervisor,
    ask: &FindText,
    pages: &[u32],
    sizes: &[PageSize],
    languages: &[String],
    workers: usize,
    timeout: Duration,
) -> Result<Read, Failure> {
    let parts: Vec<(u32, Option<Bbox>)> = pages
        .iter()
        .flat_map(|&page| {
            let size = sizes.get(page as usize);
            size.map_or_else(|| vec![None], |size| tiles::of(size.width, size.height))
                .into_iter()
                .map(move |part| (page, part))
        })
        .collect();
    let bar = Bar::new(u32::try_from(parts.len()).unwrap_or(u32::MAX), "parts of pages read");
    let (parts, next) = (Arc::new(parts), Arc::new(AtomicUsize::new(0)));
    let needle = Needle::new(&ask.query, ask.match_case, ask.whole_words);
    let (done, mut replies) = mpsc::channel::<(u32, Result<Vec<TextMatch>, Error>)>(workers.max(1));
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (supervisor, ask, needle, languages) =
            (supervisor.clone(), ask.clone(), needle.clone(), languages.to_vec());
        let (parts, next, done, bar) = (Arc::clone(&parts), Arc::clone(&next), done.clone(), bar.clone());
        tasks.spawn(async move {
            while let Some(&(page, part)) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                let request = ExtractText {
                    password: ask.password.clone(),
                    bbox: part,
                    languages: languages.clone(),
                    layers: ask.layers.clone(),
                    ..ExtractText::new(&ask.file_path, page)
                };
                let read = supervisor.extract_text(request).timeout(timeout).await;
                bar.finished(1);
                if done.send((page, read.map(|text| on_page(&needle, page, &text.lines)))).await.is_err() {
                    break;
                }
            }
        });
    }
    drop(done);
    let mut found: BTreeMap<u32, Vec<TextMatch>> = BTreeMap::new();
    let mut unread = BTreeSet::new();
    let limit = ask.limit as usize;
    let mut failure = None;
    let mut count = 0;
    while let Some((page, reply)) = replies.recv().await {
        match reply {
            Ok(matches) => {
                let known = found.entry(page).or_default();
                for place in matches {
                    if !known.iter().any(|other| tiles::is_same(&other.boxes[0], &place.boxes[0])) {
                        known.push(place);
                        count += 1;
                    }
                }
                if count > limit {
                    break;
                }
            }
            Err(error) if error.code() == ErrorCode::EngineUnavailable => {
                failure = Some(error);
                break;
            }
            Err(_) => drop(unread.insert(page)),
        }
    }
    tasks.shutdown().await;
    bar.clear();
    if let Some(error) = failure {
        return Err(error.into());
    }
    let mut matches: Vec<TextMatch> = found.into_values().flatten().collect();
    matches.sort_by(|a, b| {
        (a.page_index, a.boxes[0].y, a.boxes[0].x)
            .partial_cmp(&(b.page_index, b.boxes[0].y, b.boxes[0].x))
            .unwrap_or(Equal)
    });
    Ok(Read { matches, unread: unread.into_iter().collect() })
}

/// The places in those `lines` of a page that OCR has read: the others were searched as the document's own text.
fn on_page(needle: &Needle, page: u32, lines: &[TextLine]) -> Vec<TextMatch> {
    let mut found = Vec::new();
    for line in lines.iter().filter(|line| line.source != TextSource::Pdf) {
        let signs: Vec<char> = line.text.chars().collect();
        for (start, stop) in needle.places(&line.text) {
            let context = &signs[start.saturating_sub(AROUND)..(stop + AROUND).min(signs.len())];
            found.push(TextMatch::new(
                page,
                signs[start..stop].iter().collect::<String>(),
                context.iter().collect::<String>(),
                vec![part(line, start, stop, signs.len())],
            ));
        }
    }
    found
}

/// The part of a line's box that its characters `start` to `stop` of `count` take, were they all of one width.
#[expect(clippy::cast_precision_loss, reason = "a line has some hundred characters")]
fn part(line: &TextLine, start: usize, stop: usize, count: usize) -> Bbox {
    let of = |characters: usize, whole: f64| characters as f64 * whole / count as f64;
    let Bbox { x, y, width, height } = line.bbox;
    let length = stop - start;
    match line.direction.unwrap_or(0) {
        90 => Bbox::new(x, y + of(start, height), width, of(length, height)),
        180 => Bbox::new(x + of(count - stop, width), y, of(length, width), height),
        270 => Bbox::new(x, y + of(count - stop, height), width, of(length, height)),
        _ => Bbox::new(x + of(start, width), y, of(length, width), height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(direction: u16) -> TextLine {
        let line = format!(
            r#"{{"text":"SLAB C30/37","bbox":[100,50,110,110],"source":"ocr","confidence":0.9,"direction":{direction}}}"#
        );
        serde_json::from_str(&line).expect("a line")
    }

    #[test]
    fn a_place_has_its_part_of_the_line() {
        let needle = Needle::new("c30/37", false, false);
        let box_of = |direction| {
            let Bbox { x, y, width, height } = on_page(&needle, 3, &[line(direction)])[0].boxes[0];
            [x, y, width, height].map(|side| format!("{side:.0}")).join(" ")
        };
        assert_eq!(box_of(0), "150 50 60 110");
        assert_eq!(box_of(180), "100 50 60 110");
        assert_eq!(box_of(90), "100 100 110 60");
        assert_eq!(box_of(270), "100 50 110 60");
        let place = &on_page(&needle, 3, &[line(0)])[0];
        assert_eq!((place.page_index, place.text.as_str(), place.context.as_str()), (3, "C30/37", "SLAB C30/37"));
        let mut own = line(0);
        own.source = TextSource::Pdf;
        assert!(on_page(&needle, 3, &[own]).is_empty(), "the page's own text is searched already");
    }
}
