//! `--images`: what stands for pictures, and pictures that go into a folder instead of into the result.

use super::super::exit::Failure;
use super::super::output;
use serde_json::Value;
use std::convert::Infallible;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;
use tach_supervisor::ConvertImages;

/// What stands for the pictures of a document.
#[derive(Clone, Debug)]
pub(super) enum Pictures {
    Placeholder,
    Embedded,
    None,
    /// Files in this folder, which the result names.
    Folder(PathBuf),
}

impl FromStr for Pictures {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "placeholder" => Self::Placeholder,
            "embedded" => Self::Embedded,
            "none" => Self::None,
            folder => Self::Folder(folder.into()),
        })
    }
}

impl Pictures {
    /// What the worker is asked for.
    pub(super) fn on_the_wire(&self) -> ConvertImages {
        match self {
            Self::Placeholder => ConvertImages::Placeholder,
            Self::Embedded | Self::Folder(_) => ConvertImages::Embedded,
            Self::None => ConvertImages::None,
        }
    }
}

/// Where the pictures of one document go.
#[derive(Debug)]
pub(super) struct Place {
    /// Folder and beginning of the names.
    stem: PathBuf,
    /// The same as the result names it: relative to the result, percent-encoded.
    reference: String,
}

impl Place {
    /// Pictures are `FOLDER/NAME-1.jpg` and so on; `output` is the result that names them.
    pub(super) fn new(folder: &Path, output: &Path, name: &Path) -> Result<Self, Failure> {
        let absolute = |path: &Path| {
            std::path::absolute(path)
                .map_err(|error| Failure::system(format_args!("cannot use `{}`", path.display()), &error))
        };
        let stem = absolute(&folder.join(name))?;
        let beside = if output::is_stdout(output) { absolute(Path::new("result"))? } else { absolute(output)? };
        let reference = reference(&stem, beside.parent().unwrap_or(Path::new("")));
        Ok(Self { stem, reference })
    }

    /// A `DoclingDocument` as JSON, with its pictures written to files.
    pub(super) fn json(&self, json: &str) -> Result<String, Failure> {
        let unread = |error: serde_json::Error| Failure::system("cannot read the reply", &error);
        let mut document: Value = serde_json::from_str(json).map_err(unread)?;
        let mut count = 0;
        for picture in document["pictures"].as_array_mut().into_iter().flatten() {
            let Some(Value::String(uri)) = picture.pointer_mut("/image/uri") else { continue };
            if let Some(name) = self.written(uri, &mut count)? {
                *uri = name;
            }
        }
        serde_json::to_string(&document).map_err(unread)
    }

    /// Markdown or HTML, with its pictures written to files.
    pub(super) fn text(&self, text: &str) -> Result<String, Failure> {
        let (mut result, mut rest, mut count) = (String::with_capacity(text.len()), text, 0);
        while let Some(at) = rest.find("data:image/") {
            let (before, uri) = rest.split_at(at);
            result.push_str(before);
            let end = uri.find(|c: char| !(c.is_ascii_alphanumeric() || ":/;,+=-.".contains(c))).unwrap_or(uri.len());
            let (uri, after) = uri.split_at(end);
            // Only what stands where docling-core writes a picture; the document's own words stay.
            let is_picture = before.ends_with("![Image](") || before.ends_with("<img src=\"");
            match if is_picture { self.written(uri, &mut count)? } else { None } {
                Some(name) => result.push_str(&name),
                None => result.push_str(uri),
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    /// Writes the picture of a data URI to the next file, and gives the name for the result; none where it is no picture.
    fn written(&self, uri: &str, count: &mut u32) -> Result<Option<String>, Failure> {
        let Some((kind, data)) = uri.strip_prefix("data:image/").and_then(|rest| rest.split_once(";base64,")) else {
            return Ok(None);
        };
        let ending = match kind {
            "jpeg" => "jpg",
            "png" | "gif" | "webp" | "bmp" | "tiff" => kind,
            _ => return Ok(None),
        };
        let Ok(bytes) = base64_simd::STANDARD.decode_to_vec(data) else { return Ok(None) };
        *count += 1;
        let end = format!("-{count}.{ending}");
        let mut path = self.stem.clone().into_os_string();
        path.push(&end);
        let path = PathBuf::from(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| Failure::system(format_args!("cannot make `{}`", folder.display()), &error))?;
        }
        output::write(&path, &bytes)?;
        Ok(Some(format!("{}{end}", self.reference)))
    }
}

/// `path` as seen from `folder`, both absolute, as a relative URI; absolute where they share no root.
fn reference(path: &Path, folder: &Path) -> String {
    let (path, folder): (Vec<_>, Vec<_>) = (path.components().collect(), folder.components().collect());
    let shared = path.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let up = if shared == 0 { 0 } else { folder.len() - shared };
    let names = path[shared..].iter().filter_map(|part| match part {
        Component::RootDir => None,
        part => Some(encoded(&part.as_os_str().to_string_lossy())),
    });
    std::iter::repeat_n("..".to_owned(), up).chain(names).collect::<Vec<_>>().join("/")
}

/// Percent-encoded but for letters, digits and what no URI gives a meaning.
fn encoded(name: &str) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_go_to_files_and_words_stay_as_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let place =
            Place::new(&folder.path().join("p q"), &folder.path().join("out/a.md"), Path::new("bản")).expect("a place");
        let text = "say data:image/png;base64,AAAA\n\n![Image](data:image/jpeg;base64,AAEC)\n\nend";
        let written = place.text(text).expect("text");
        assert_eq!(written, "say data:image/png;base64,AAAA\n\n![Image](../p%20q/b%E1%BA%A3n-1.jpg)\n\nend");
        assert_eq!(std::fs::read(folder.path().join("p q/bản-1.jpg")).expect("a picture"), [0, 1, 2]);
        let json = r#"{"pictures":[{"image":{"uri":"data:image/png;base64,AAEC"}},{}]}"#;
        assert!(place.json(json).expect("JSON").contains("../p%20q/b%E1%BA%A3n-1.png"));
        assert!(place.text("![Image](data:image/svg+xml;base64,AAAA)").expect("text").contains("svg"));
    }
}
