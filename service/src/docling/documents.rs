//! Open `WebUI`'s other doors: Tika's `PUT /tika/text` and the external loader's `PUT /process`.

use super::convert::contents;
use super::form::Document;
use super::options::Options;
use crate::app::App;
use crate::failure::Failure;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tach_supervisor::ConvertFormat;

/// What stands between two pages while they are told apart.
const PAGE_BREAK: &str = "\u{c}";
/// Lists of a `DoclingDocument` whose items are on pages.
const ITEMS: [&str; 5] = ["texts", "tables", "pictures", "key_value_items", "form_items"];

/// The whole body as a document, named by its headers.
async fn take(app: &App, request: Request) -> Result<(Document, String), Failure> {
    let (name, kind) = named(request.headers());
    let upload = app.uploads.store(&name, request.into_body().into_data_stream()).await?;
    Ok((Document::Uploaded(Arc::new(upload)), kind))
}

/// The file's name and media type: `X-Filename`, percent-encoded, else a name with the type's ending.
fn named(headers: &HeaderMap) -> (String, String) {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = text(header::CONTENT_TYPE.as_str()).unwrap_or("application/octet-stream").to_owned();
    let bare = kind.split(';').next().unwrap_or_default().trim();
    let name = text("x-filename").map_or_else(|| format!("document{}", ending(bare)), decoded);
    (name, bare.to_owned())
}

fn ending(kind: &str) -> &'static str {
    match kind {
        "application/pdf" => ".pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => ".docx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => ".pptx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => ".xlsx",
        "text/html" => ".html",
        "text/markdown" => ".md",
        "text/csv" => ".csv",
        "text/plain" => ".txt",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/tiff" => ".tiff",
        "message/rfc822" => ".eml",
        "application/vnd.ms-outlook" => ".msg",
        _ => "",
    }
}

/// Percent-encoding taken away; what is no UTF-8 then is replaced.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digits = |at: usize| std::str::from_utf8(bytes.get(at + 1..at + 3)?).ok();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let escaped = digits(at).filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// `PUT /tika`: the text alone.
pub(crate) async fn plain_text(State(app): State<Arc<App>>, request: Request) -> Result<String, Failure> {
    let _place = app.admission.enter()?;
    let (document, _) = take(&app, request).await?;
    text_of(&app, &document, ConvertFormat::Text).await
}

/// `PUT /tika/text`: the text in Tika's JSON.
pub(crate) async fn tika_text(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, Failure> {
    let _place = app.admission.enter()?;
    let (document, kind) = take(&app, request).await?;
    let text = text_of(&app, &document, ConvertFormat::Text).await?;
    Ok(Json(json!({"X-TIKA:content": text, "Content-Type": kind})))
}

/// `PUT /tika/json/md`: the Markdown in the JSON of Tika 4.
pub(crate) async fn tika_markdown(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, Failure> {
    let _place = app.admission.enter()?;
    let (document, kind) = take(&app, request).await?;
    let text = text_of(&app, &document, ConvertFormat::Markdown).await?;
    Ok(Json(json!({"tk:content": text, "Content-Type": kind})))
}

async fn text_of(app: &App, document: &Document, format: ConvertFormat) -> Result<String, Failure> {
    let formats = vec![("text", format)];
    let options = Options { formats, embeds_pictures: false, ..Options::default() };
    let contents = contents(app, document, &options).await?;
    Ok(contents.first().map(|(_, text)| string_of(text)).unwrap_or_default())
}

/// `PUT /process`: a list with the Markdown of each page.
pub(crate) async fn process(State(app): State<Arc<App>>, request: Request) -> Result<Json<Value>, Failure> {
    let _place = app.admission.enter()?;
    let (document, kind) = take(&app, request).await?;
    let formats = vec![("md", ConvertFormat::Markdown), ("json", ConvertFormat::Docling)];
    let page_break = Some(PAGE_BREAK.to_owned());
    let options = Options { formats, embeds_pictures: false, page_break, ..Options::default() };
    let contents = contents(&app, &document, &options).await?;
    let [(_, markdown), (_, docling)] = &contents[..] else {
        return Err(Failure::bad_request("the document has no content"));
    };
    let markdown = string_of(markdown);
    let pages: Vec<_> = markdown.split(PAGE_BREAK).collect();
    let numbers = pages_of(&serde_json::from_str(docling.get()).unwrap_or_default());
    let numbers: Vec<u64> =
        if numbers.len() == pages.len() { numbers.into_iter().collect() } else { (1..=pages.len() as u64).collect() };
    let name = document.name();
    let one = |(text, number): (&&str, u64)| json!({"page_content": text.trim(), "metadata": {"source": name, "Content-Type": kind, "page": number - 1}});
    let is_wanted = |(text, _): &(&&str, u64)| !text.trim().is_empty() || pages.len() == 1;
    Ok(Json(pages.iter().zip(numbers).filter(is_wanted).map(one).collect()))
}

/// The pages, from 1, that have something in the body: breaks stand only between those.
fn pages_of(document: &Value) -> BTreeSet<u64> {
    let items = ITEMS.iter().flat_map(|list| document[list].as_array().into_iter().flatten());
    let in_body = items.filter(|item| item["content_layer"] == "body");
    in_body.filter_map(|item| item.pointer("/prov/0/page_no")?.as_u64()).filter(|number| *number > 0).collect()
}

fn string_of(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_percent_encoded_or_from_the_type() {
        assert_eq!(decoded("b%E1%BA%A3n%20v%E1%BA%BD.pdf"), "bản vẽ.pdf");
        assert_eq!(decoded("100%.pdf"), "100%.pdf");
        assert_eq!(decoded("%e1"), "\u{fffd}");
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/pdf; charset=x".parse().unwrap());
        assert_eq!(named(&headers), ("document.pdf".into(), "application/pdf".into()));
    }

    #[test]
    fn pages_without_content_are_left_out() {
        let item = |page: u64, layer: &str| json!({"content_layer": layer, "prov": [{"page_no": page}]});
        let document =
            json!({"texts": [item(1, "body"), item(2, "furniture"), item(3, "body")], "tables": [item(4, "body")]});
        assert_eq!(pages_of(&document).into_iter().collect::<Vec<_>>(), [1, 3, 4]);
    }
}
