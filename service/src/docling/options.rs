//! The options of a conversion: docling-serve's names, of which those that mean something here are read.

use crate::failure::Failure;
use axum::http::StatusCode;
use serde_json::Value;
use std::time::Duration;
use tach_supervisor::ConvertFormat;

/// What a client wants of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// docling-serve's name, and ours. Default Markdown.
    pub(crate) formats: Vec<(&'static str, ConvertFormat)>,
    /// First and last page from 1, both included.
    pub(crate) pages: Option<[u64; 2]>,
    /// Whether pictures are embedded; otherwise a mark stands for each.
    pub(crate) embeds_pictures: bool,
    /// What stands between two pages in Markdown.
    pub(crate) page_break: Option<String>,
    /// Deadline.
    pub(crate) timeout: Option<Duration>,
    /// Password of the document. Not docling-serve's.
    pub(crate) password: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            formats: vec![("md_content", ConvertFormat::Markdown)],
            pages: None,
            embeds_pictures: true,
            page_break: None,
            timeout: None,
            password: None,
        }
    }
}

/// A refusal as docling-serve's clients read it.
fn refuse(message: String) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", message)
}

impl Options {
    /// Reads an option; those that mean nothing here are passed over, as their defaults would be.
    ///
    /// # Errors
    /// 422 where a value cannot be used.
    pub(crate) fn set(&mut self, name: &str, value: &Value) -> Result<(), Failure> {
        let text = || value.as_str().ok_or_else(|| refuse(format!("`{name}` must be a string")));
        match name {
            "to_formats" => self.formats = formats(value)?,
            "page_range" => self.pages = Some(pages(value)?),
            "image_export_mode" => self.embeds_pictures = text()? == "embedded",
            "md_page_break_placeholder" => self.page_break = Some(text()?.to_owned()).filter(|text| !text.is_empty()),
            "document_timeout" => {
                let seconds = number(value).filter(|seconds| (0.001..=86_400.0).contains(seconds));
                let seconds = seconds.ok_or_else(|| refuse("`document_timeout` must be seconds above 0".into()))?;
                self.timeout = Some(Duration::from_secs_f64(seconds));
            }
            "password" => self.password = Some(text()?.to_owned()),
            "target_type" => target(text()?)?,
            _ => {}
        }
        Ok(())
    }
}

/// Whether results can be handed over as `kind` says: in the body only.
///
/// # Errors
/// 400 with the words by which docling-serve's client knows to ask again.
pub(crate) fn target(kind: &str) -> Result<(), Failure> {
    match kind {
        "inbody" => Ok(()),
        "presigned_url" => Err(Failure::bad_request(
            "the target `presigned_url` requires artifact storage to be configured; use `inbody`",
        )),
        _ => Err(Failure::bad_request(format!("the target `{}` is not served; use `inbody`", kind.escape_debug()))),
    }
}

fn formats(value: &Value) -> Result<Vec<(&'static str, ConvertFormat)>, Failure> {
    let names = match value {
        Value::Array(names) => names.iter().collect(),
        one => vec![one],
    };
    let mut formats = Vec::new();
    for name in names {
        let format = match name.as_str() {
            Some("md") => ("md_content", ConvertFormat::Markdown),
            Some("json") => ("json_content", ConvertFormat::Docling),
            Some("html") => ("html_content", ConvertFormat::Html),
            Some("text") => ("text_content", ConvertFormat::Text),
            Some("doctags") => ("doctags_content", ConvertFormat::Doctags),
            _ => return Err(refuse(format!("`to_formats` has {name}; md, json, html, text and doctags are served"))),
        };
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    Ok(formats)
}

fn pages(value: &Value) -> Result<[u64; 2], Failure> {
    let wrong = || refuse("`page_range` must be the first and the last page, from 1".into());
    let numbers: Vec<_> = match value {
        Value::Array(numbers) => numbers.iter().map(number).collect(),
        // A form may have both in one field.
        Value::String(text) => text.trim_matches(['[', ']']).split(',').map(|part| part.trim().parse().ok()).collect(),
        _ => return Err(wrong()),
    };
    match numbers[..] {
        [Some(first), Some(last)] if first >= 1.0 && last >= first => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at least 1; a larger one saturates"
            )]
            let pages = [first as u64, last as u64];
            Ok(pages)
        }
        _ => Err(wrong()),
    }
}

/// A number, or a string of a form that is one.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn options_are_read_as_the_clients_send_them() {
        let mut options = Options::default();
        let pairs = [
            ("to_formats", json!(["md", "json", "md"])),
            ("page_range", json!(["2", "9223372036854775807"])),
            ("image_export_mode", json!("placeholder")),
            ("md_page_break_placeholder", json!("\u{c}")),
            ("document_timeout", json!("30")),
            ("do_ocr", json!(true)),
            ("target_type", json!("inbody")),
        ];
        for (name, value) in pairs {
            options.set(name, &value).unwrap();
        }
        let formats: Vec<_> = options.formats.iter().map(|(name, _)| *name).collect();
        assert_eq!(formats, ["md_content", "json_content"]);
        assert_eq!(options.pages.map(|pages| pages[0]), Some(2));
        assert!(!options.embeds_pictures);
        assert_eq!((options.page_break.as_deref(), options.timeout), (Some("\u{c}"), Some(Duration::from_secs(30))));
        for (name, value) in
            [("to_formats", json!("yaml")), ("page_range", json!([3, 2])), ("page_range", json!([0, 2]))]
        {
            assert_eq!(options.set(name, &value).unwrap_err().status.as_u16(), 422, "{name} {value}");
        }
        assert_eq!(options.set("target_type", &json!("presigned_url")).unwrap_err().status.as_u16(), 400);
    }
}
