//! Sets with pages that no worker survives: those pages are told, and every other one is read.

mod common;

use common::{folder, pdf, tach};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// Forms of which each draws the next one twice: 2 to the power of so many paths.
const DEPTH: usize = 28;
const PAGES: usize = 5;

/// A document of `PAGES` pages with the word "needle", those in `heavy` with what no reader gets through.
fn write_set(path: &Path, heavy: &[usize]) {
    let kids: Vec<String> = (0..PAGES).map(|page| format!("{} 0 R", 4 + DEPTH + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Count {PAGES} /Kids [{}] >>", kids.join(" ")),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for form in 0..DEPTH {
        let entries = "/Type /XObject /Subtype /Form /BBox [0 0 600 800]";
        let next = format!("{entries} /Resources << /XObject << /F {} 0 R >> >>", 5 + form);
        objects.push(if form + 1 < DEPTH {
            pdf::stream(&next, "/F Do /F Do")
        } else {
            pdf::stream(entries, "0 0 9 9 re f")
        });
    }
    for page in 0..PAGES {
        let resources = "/Resources << /Font << /H 3 0 R >> /XObject << /F 4 0 R >> >>";
        let contents = 5 + DEPTH + 2 * page;
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {contents} 0 R {resources} >>"
        ));
        let draws = if heavy.contains(&page) { "/F Do" } else { "" };
        objects.push(pdf::stream("", &format!("BT /H 20 Tf 50 700 Td (needle) Tj ET {draws}")));
    }
    pdf::write_objects(path, &objects);
}

#[test]
fn find_reads_the_pages_beside_one_that_ends_its_worker() {
    let (_keep, folder) = folder();
    write_set(&folder.join("set.pdf"), &[1]);
    let found = tach(&folder, &["--timeout", "5", "find", "set.pdf", "needle", "--json", "--workers", "1"]);
    assert!(found.stderr.contains("1 page could not be searched"), "{}", found.stderr);
    let found: Value = serde_json::from_str(&found.succeeded()).expect("JSON");
    let places = found["matches"].as_array().expect("matches");
    assert_eq!(places.iter().filter_map(|place| place["page_index"].as_u64()).collect::<Vec<_>>(), [0, 2, 3, 4]);
}

/// The word NEEDLE as strokes, a path each, its lower left corner at (`x`, `y`), 24 points high.
fn strokes(x: i32, y: i32) -> String {
    let letters = [
        "0 0 0 4|0 4 2 0|2 0 2 4",
        "0 0 0 4|0 4 2 4|0 2 2 2|0 0 2 0",
        "0 0 0 4|0 4 2 4|0 2 2 2|0 0 2 0",
        "0 0 0 4|0 4 1 4|1 4 2 3|2 3 2 1|2 1 1 0|1 0 0 0",
        "0 0 0 4|0 0 2 0",
        "0 0 0 4|0 4 2 4|0 2 2 2|0 0 2 0",
    ];
    let mut content = String::from("2 w ");
    for (place, letter) in (0..).zip(letters) {
        for stroke in letter.split('|') {
            let at: Vec<i32> = stroke.split(' ').map(|it| 6 * it.parse::<i32>().expect("a number")).collect();
            let (left, right) = (x + 20 * place + at[0], x + 20 * place + at[2]);
            let _ = write!(content, "{left} {} m {right} {} l S ", y + at[1], y + at[3]);
        }
    }
    content
}

#[test]
fn pages_that_only_ocr_reads_are_told_and_read_where_that_is_asked_for() {
    let (_keep, folder) = folder();
    let contents =
        ["BT /H 20 Tf 50 700 Td (needle) Tj ET".to_owned(), (0..6).map(|row| strokes(100, 700 - 60 * row)).collect()];
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Count 2 /Kids [4 0 R 6 0 R] >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for (page, content) in contents.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {} 0 R /Resources << /Font << /H 3 0 R >> >> >>",
            5 + 2 * page
        ));
        objects.push(pdf::stream("", content));
    }
    pdf::write_objects(&folder.join("set.pdf"), &objects);
    let found = tach(&folder, &["find", "set.pdf", "wall", "--no-cache"]);
    assert!(found.stderr.contains("not found on the pages that could be searched"), "{}", found.stderr);
    assert!(
        found.stderr.contains("1 page could not be searched") && found.stderr.contains("--ocr"),
        "{}",
        found.stderr
    );
    let found = tach(&folder, &["find", "set.pdf", "needle", "--json", "--no-cache"]).succeeded();
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(
        (found["matches"].as_array().map(Vec::len), &found["unreadable_pages"]),
        (Some(1), &serde_json::json!([1]))
    );
    let found =
        tach(&folder, &["find", "set.pdf", "needle", "--json", "--no-cache", "--ocr", "--crops", "hits"]).succeeded();
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["unreadable_pages"], serde_json::json!([]));
    let places = found["matches"].as_array().expect("matches");
    let read: Vec<_> = places.iter().filter(|place| place["read_by_ocr"] == true).collect();
    assert!(read.len() >= 4 && places.len() == read.len() + 1, "{found}");
    assert!(
        read.iter()
            .all(|place| place["page_index"] == 1 && folder.join(place["crop"].as_str().expect("a picture")).is_file())
    );
}

#[test]
fn sheets_are_listed_behind_three_that_end_their_workers() {
    let (_keep, folder) = folder();
    write_set(&folder.join("set.pdf"), &[1, 2, 3]);
    let listed = tach(&folder, &["--timeout", "5", "sheets", "set.pdf", "--json", "--workers", "1"]).succeeded();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let lost = |row: &Value| row["error"].as_str().is_some_and(|error| ["timeout", "out_of_memory"].contains(&error));
    let rows = listed["sheets"].as_array().expect("sheets");
    assert_eq!(rows.iter().map(lost).collect::<Vec<_>>(), [false, true, true, true, false], "{listed}");
    assert!(rows.iter().all(|row| lost(row) || row["error"].is_null()), "{listed}");
}
