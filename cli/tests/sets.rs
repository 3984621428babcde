//! Sets with pages that no worker survives: those pages are told, and every other one is read.

mod common;

use common::{folder, pdf, tach};
use serde_json::Value;
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
    assert!(found.stderr.contains("pages that could not be read: 2"), "{}", found.stderr);
    let found: Value = serde_json::from_str(&found.succeeded()).expect("JSON");
    let places = found["matches"].as_array().expect("matches");
    assert_eq!(places.iter().filter_map(|place| place["page_index"].as_u64()).collect::<Vec<_>>(), [0, 2, 3, 4]);
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
