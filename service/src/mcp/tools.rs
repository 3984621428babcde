//! The tools: their arguments, what they ask of a worker, and what a model gets.

use crate::app::App;
use crate::intake::prepare;
use rmcp::model::{ContentBlock, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;
use tach_supervisor::ErrorCode;

/// Characters of text that one answer has at most: clients cut or refuse longer ones.
const MAX_CHARS: usize = 20_000;
/// Longest picture in an answer, in characters of base64.
const MAX_PICTURE: usize = 1 << 20;
/// Most pages of one conversion.
const MAX_PAGES: u32 = 20;
/// Deadline of a request in milliseconds: a page of a scan takes seconds, a client waits about a minute.
const TIMEOUT_MS: u32 = 55_000;
/// Sizes of pages that `document_info` lists.
const MAX_SIZES: usize = 200;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Info {
    /// Path of the document inside the server's folders
    file: String,
    /// Password, if the document needs one
    password: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReadPage {
    /// Path of the document inside the server's folders
    file: String,
    /// Page, from 1
    page: u32,
    /// Characters to skip, to go on where an answer was cut
    #[serde(default)]
    offset: usize,
    /// Languages for OCR as ISO 639-1 codes, such as `vi`; found out where absent
    #[serde(default)]
    languages: Vec<String>,
    /// Password, if the document needs one
    password: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Crop {
    /// Path of the document inside the server's folders
    file: String,
    /// Page, from 1
    page: u32,
    /// Box as x, y, width, height in points from the upper left corner of the page as displayed
    bbox: [f64; 4],
    /// Resolution in dots an inch, 18 to 1200. Default 150
    dpi: Option<f64>,
    /// Password, if the document needs one
    password: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FindTables {
    /// Path of the document inside the server's folders
    file: String,
    /// Page, from 1
    page: u32,
    /// Box of one table; every table of the page where absent
    bbox: Option<[f64; 4]>,
    /// Password, if the document needs one
    password: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConvertPages {
    /// Path of the document inside the server's folders
    file: String,
    /// First page, from 1
    first_page: u32,
    /// Last page, included; the first where absent. At most 20 pages a call
    last_page: Option<u32>,
    /// Characters to skip, to go on where an answer was cut
    #[serde(default)]
    offset: usize,
    /// Password, if the document needs one
    password: Option<String>,
}

/// Every tool.
pub(super) fn all() -> Vec<Tool> {
    vec![
        tool::<Info>("document_info", "Number and sizes of pages (points), encryption and metadata of a document"),
        tool::<ReadPage>("read_page", "The text of one page in reading order, by OCR where it is a picture"),
        tool::<Crop>("crop_evidence", "Shows a part of a page as a picture, with the text in it: evidence for a claim"),
        tool::<FindTables>("find_tables", "The tables of one page as Markdown, each with its box for crop_evidence"),
        tool::<ConvertPages>("convert_pages", "Pages as Markdown with headings, lists and tables"),
    ]
}

fn tool<T: JsonSchema>(name: &'static str, does: &'static str) -> Tool {
    let mut schema = schemars::schema_for!(T).to_value();
    let schema = schema.as_object_mut().map(std::mem::take).unwrap_or_default();
    let annotations = ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false);
    Tool::new(name, does, Arc::new(schema)).annotate(annotations)
}

type Content = Result<Vec<ContentBlock>, String>;

/// Calls a tool.
///
/// # Errors
/// What went wrong and what to do, for the model.
pub(super) async fn call(app: &App, name: &str, arguments: Value) -> Content {
    match name {
        "document_info" => document_info(app, read(arguments)?).await,
        "read_page" => read_page(app, read(arguments)?).await,
        "crop_evidence" => crop_evidence(app, read(arguments)?).await,
        "find_tables" => find_tables(app, read(arguments)?).await,
        "convert_pages" => convert_pages(app, read(arguments)?).await,
        _ => Err(format!("there is no tool `{}`", name.escape_debug())),
    }
}

fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, String> {
    serde_json::from_value(arguments).map_err(|error| format!("invalid arguments: {error}"))
}

fn index(page: u32) -> Result<u32, String> {
    page.checked_sub(1).ok_or_else(|| "pages count from 1".to_owned())
}

async fn document_info(app: &App, asked: Info) -> Content {
    let mut data = ask(app, "document_info", json!({"file_path": asked.file}), asked.password).await?;
    let pages = data["pages"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let sizes = pages
        .iter()
        .take(MAX_SIZES)
        .enumerate()
        .map(|(at, page)| json!({"page": at + 1, "width": page["width"], "height": page["height"]}));
    data["pages"] = sizes.collect();
    let cut = text_from(data.to_string(), 0);
    Ok(vec![ContentBlock::text(cut)])
}

async fn read_page(app: &App, asked: ReadPage) -> Content {
    let payload = json!({"file_path": asked.file, "page_index": index(asked.page)?, "languages": asked.languages});
    let data = ask(app, "extract_text", payload, asked.password).await?;
    let text = data["text"].as_str().unwrap_or_default().to_owned();
    let text = if text.trim().is_empty() { "(the page has no text)".to_owned() } else { text };
    Ok(vec![ContentBlock::text(text_from(text, asked.offset))])
}

async fn crop_evidence(app: &App, asked: Crop) -> Content {
    let payload = json!({
        "file_path": asked.file, "page_index": index(asked.page)?, "bbox": asked.bbox, "dpi": asked.dpi.unwrap_or(150.0),
        "format": "png", "include_text": true,
    });
    let data = ask(app, "extract_evidence", payload.clone(), asked.password.clone()).await?;
    // Photographs are large as PNG.
    let data = if is_long(&data) {
        let mut smaller = payload;
        smaller["format"] = "jpeg".into();
        ask(app, "extract_evidence", smaller, asked.password).await?
    } else {
        data
    };
    if is_long(&data) {
        return Err("the picture is larger than a client takes; ask for a smaller box or a lower dpi".into());
    }
    let (picture, mime) = (data["base64"].as_str().unwrap_or_default(), data["mime"].as_str().unwrap_or_default());
    let told = json!({
        "file": asked.file, "page": asked.page, "bbox": data["bbox"], "width_px": data["width"], "height_px": data["height"],
        "text": data["text"],
    });
    Ok(vec![ContentBlock::image(picture, mime), ContentBlock::text(text_from(told.to_string(), 0))])
}

fn is_long(data: &Value) -> bool {
    data["base64"].as_str().is_some_and(|text| text.len() > MAX_PICTURE)
}

async fn find_tables(app: &App, asked: FindTables) -> Content {
    let mut payload = json!({"file_path": asked.file, "page_index": index(asked.page)?, "exports": ["markdown"]});
    if let Some(bbox) = asked.bbox {
        payload["bbox"] = json!(bbox);
    }
    let data = ask(app, "parse_table", payload, asked.password).await?;
    let tables = data["tables"].as_array().map(Vec::as_slice).unwrap_or_default();
    if tables.is_empty() {
        return Ok(vec![ContentBlock::text("no table was found on this page")]);
    }
    let mut text = String::new();
    for table in tables {
        let markdown = table["exports"]["markdown"].as_str().unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Table at {}:\n\n{markdown}\n", table["bbox"]);
    }
    Ok(vec![ContentBlock::text(text_from(text, 0))])
}

async fn convert_pages(app: &App, asked: ConvertPages) -> Content {
    let first = index(asked.first_page)?;
    let last = index(asked.last_page.unwrap_or(asked.first_page))?;
    if last < first || last - first >= MAX_PAGES {
        return Err(format!(
            "last_page must be first_page or later, and at most {MAX_PAGES} pages are converted a call"
        ));
    }
    let payload = json!({"file_path": asked.file, "page_range": [first, last], "format": "markdown"});
    let data = ask(app, "convert", payload, asked.password).await?;
    Ok(vec![ContentBlock::text(text_from(data["text"].as_str().unwrap_or_default().to_owned(), asked.offset))])
}

/// At most [`MAX_CHARS`] of a text; where more follows, how to get it.
fn text_from(text: String, offset: usize) -> String {
    let total = text.chars().count();
    if offset == 0 && total <= MAX_CHARS {
        return text;
    }
    let mut part: String = text.chars().skip(offset).take(MAX_CHARS).collect();
    let end = offset.saturating_add(MAX_CHARS);
    if end < total {
        let _ = write!(
            part,
            "\n\n(cut: {} characters follow; call again with offset {end} where the tool has one)",
            total - end
        );
    }
    part
}

/// The data of a reply.
async fn ask(app: &App, cmd: &str, mut payload: Value, password: Option<String>) -> Result<Value, String> {
    if let Some(password) = password {
        payload["password"] = password.into();
    }
    let told = |error: tach_supervisor::ErrorBody| {
        let remedy = match error.code {
            ErrorCode::PathNotAllowed | ErrorCode::FileNotFound => " (give a path inside the server's folders)",
            ErrorCode::PdfEncrypted => " (ask the person for the password, and give it as `password`)",
            ErrorCode::PageOutOfRange => {
                " (document_info tells the number of pages; page_index counts from 0, `page` from 1)"
            }
            ErrorCode::BboxOutOfPage => " (document_info tells the size of each page)",
            ErrorCode::Timeout => " (ask for fewer pages or a smaller box)",
            ErrorCode::Unavailable | ErrorCode::Overloaded => " (try again in some seconds)",
            _ => "",
        };
        format!("{}: {}{remedy}", error.code, error.message)
    };
    let id = crate::ids::random_id();
    let prepared = prepare(app, &id, cmd, &payload.to_string(), Some(TIMEOUT_MS), None).await.map_err(told)?;
    let reply = app.supervisor.submit(prepared.request.clone()).await;
    let data: Box<RawValue> = prepared.told(reply).outcome.map_err(told)?;
    serde_json::from_str(data.get()).map_err(|error| format!("the worker's reply cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_continued_without_a_loss() {
        let text: String = (0..MAX_CHARS + 7).map(|at| if at % 2 == 0 { 'ế' } else { 'b' }).collect();
        let first = text_from(text.clone(), 0);
        assert!(first.contains("7 characters follow; call again with offset 20000"), "{}", &first[first.len() - 100..]);
        let start: String = first.chars().take(MAX_CHARS).collect();
        assert_eq!(start + &text_from(text.clone(), MAX_CHARS), text);
        assert_eq!(text_from(text, usize::MAX), "");
    }

    #[test]
    fn every_tool_has_a_schema_that_names_its_arguments() {
        for tool in all() {
            assert!(tool.input_schema["properties"]["file"].is_object(), "{}", tool.name);
            assert_eq!(tool.input_schema["additionalProperties"], false, "{}", tool.name);
        }
    }
}
