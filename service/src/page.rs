//! The page for people: plain files, embedded, so that nothing is loaded from elsewhere and no build step is needed.

use crate::extract::Segment;
use crate::failure::Failure;
use axum::http::header;
use axum::response::{IntoResponse, Response};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A name under `/page/`, its media type and its text.
type Asset = (&'static str, &'static str, &'static str);

const ASSETS: &[Asset] = &[
    ("style.css", CSS, include_str!("../page/style.css")),
    ("main.js", SCRIPT, include_str!("../page/main.js")),
    ("first.js", SCRIPT, include_str!("../page/first.js")),
    ("api.js", SCRIPT, include_str!("../page/api.js")),
    ("viewer.js", SCRIPT, include_str!("../page/viewer.js")),
    ("selection.js", SCRIPT, include_str!("../page/selection.js")),
    ("layers.js", SCRIPT, include_str!("../page/layers.js")),
    ("overlays.js", SCRIPT, include_str!("../page/overlays.js")),
    ("result.js", SCRIPT, include_str!("../page/result.js")),
    ("evidence.js", SCRIPT, include_str!("../page/evidence.js")),
    ("zip.js", SCRIPT, include_str!("../page/zip.js")),
    ("words.js", SCRIPT, include_str!("../page/words.js")),
];

/// `GET /`.
pub(crate) async fn index() -> Response {
    ([(header::CONTENT_TYPE, HTML)], include_str!("../page/index.html")).into_response()
}

/// `GET /page/{name}`.
pub(crate) async fn asset(Segment(name): Segment) -> Result<Response, Failure> {
    let found = ASSETS.iter().find(|(known, ..)| *known == name);
    let (_, kind, text) = found.ok_or_else(|| Failure::not_found("the page has no such part"))?;
    Ok(([(header::CONTENT_TYPE, *kind)], *text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_that_a_part_names_is_embedded_and_nothing_is_loaded_from_elsewhere() {
        let index = ("index.html", HTML, include_str!("../page/index.html"));
        for (name, _, text) in ASSETS.iter().chain([&index]) {
            let imports = text.split("from \"./").skip(1).chain(text.split("\"/page/").skip(1));
            for import in imports.filter_map(|rest| rest.split('"').next()) {
                assert!(ASSETS.iter().any(|(known, ..)| *known == import), "{name} names {import}");
            }
            let addresses = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!addresses.contains("http://") && !addresses.contains("https://"), "{name}");
        }
    }

    #[test]
    fn every_word_that_the_page_asks_for_is_there_in_both_languages() {
        let words = include_str!("../page/words.js");
        let (english, vietnamese) = words.split_once("\n  vi: {").unwrap();
        let texts: String = ASSETS.iter().map(|(.., text)| *text).chain([include_str!("../page/index.html")]).collect();
        let of = |start: &str| -> Vec<String> {
            texts.split(start).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
        };
        let keys = [of("data-text=\""), of("data-label=\""), of("data-hint=\""), of("word(\"")].concat();
        assert!(keys.len() > 30);
        for key in keys {
            let entry = format!(" {key}: ");
            assert!(english.contains(&entry) && vietnamese.contains(&entry), "{key}");
        }
    }
}
