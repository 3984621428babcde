//! Which documents `tach convert` was given, and the name of each result in the folder of results.

use super::super::exit::Failure;
use super::super::output;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Endings of the files that are taken out of a folder: what the default install reads.
const ENDINGS: [&str; 23] = [
    "pdf", "png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp", "docx", "pptx", "xlsx", "html", "htm", "xhtml", "md",
    "csv", "adoc", "asciidoc", "asc", "vtt", "epub", "eml", "msg",
];

/// A document, and the name of its result below the folder of results.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub file: PathBuf,
    pub result: PathBuf,
}

/// The documents named by `given`: files as they are, and of folders, in order, every file with one of [`ENDINGS`], however
/// deep; hidden ones and links to folders are left out. `ending` is that of the results.
///
/// # Errors
/// Where a folder cannot be read.
pub(super) fn inputs(given: &[PathBuf], ending: &str) -> Result<Vec<Input>, Failure> {
    let mut found = Vec::new();
    for path in given {
        if path.is_dir() {
            walk(path, Path::new(""), &mut found)
                .map_err(|error| Failure::system(format_args!("cannot read `{}`", path.display()), &error))?;
        } else {
            let name = path.file_name().map(PathBuf::from).unwrap_or_default();
            found.push((path.clone(), name));
        }
    }
    let mut taken = HashSet::new();
    Ok(found.into_iter().map(|(file, name)| Input { file, result: result_name(&name, ending, &mut taken) }).collect())
}

/// Refuses to write a result over its own document.
pub(super) fn refuse_same(file: &Path, result: &Path) -> Result<(), Failure> {
    if !output::is_stdout(result) && same_file::is_same_file(file, result).unwrap_or(false) {
        return Err(Failure::usage(format!("`{}` would be overwritten by its own result", file.display())));
    }
    Ok(())
}

fn walk(folder: &Path, name: &Path, found: &mut Vec<(PathBuf, PathBuf)>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, own) = (entry.path(), entry.file_name());
        if own.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let below = name.join(&own);
        if entry.file_type()?.is_dir() {
            walk(&path, &below, found)?;
        } else if path.is_file() && has_ending(&path) {
            found.push((path, below));
        }
    }
    Ok(())
}

fn has_ending(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|own| ENDINGS.contains(&&*own.to_lowercase()))
}

/// `report.pdf` becomes `report.md`; where an earlier document has that name, `report.pdf.md`, then `report.pdf-2.md`.
fn result_name(name: &Path, ending: &str, taken: &mut HashSet<String>) -> PathBuf {
    let folder = name.parent().unwrap_or(Path::new(""));
    let whole = name.file_name().unwrap_or(name.as_os_str()).to_string_lossy();
    let stem = name.file_stem().unwrap_or(name.as_os_str()).to_string_lossy();
    let mut next = 2;
    let mut own = format!("{stem}.{ending}");
    loop {
        let result = folder.join(&own);
        // Some systems take names for the same that differ in case.
        if taken.insert(result.to_string_lossy().to_lowercase()) {
            return result;
        }
        let plain = format!("{whole}.{ending}");
        if own == plain || next > 2 {
            own = format!("{whole}-{next}.{ending}");
            next += 1;
        } else {
            own = plain;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_result_has_a_name_of_its_own() {
        let mut taken = HashSet::new();
        let names: Vec<_> = ["a/r.pdf", "a/R.docx", "r.pdf", "a/r.docx", "a/r.docx", "none"]
            .into_iter()
            .map(|name| result_name(Path::new(name), "md", &mut taken).display().to_string().replace('\\', "/"))
            .collect();
        assert_eq!(names, ["a/r.md", "a/R.docx.md", "r.md", "a/r.docx-2.md", "a/r.docx-3.md", "none.md"]);
    }

    #[test]
    fn folders_are_read_in_order_without_hidden_and_other_files() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("b/c")).expect("folders");
        for name in ["z.PDF", "b/c/a.docx", "b/.hidden.pdf", "notes.exe", "a.md"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        let found = inputs(&[folder.path().to_owned()], "txt").expect("inputs");
        let results: Vec<_> = found.iter().map(|input| input.result.display().to_string().replace('\\', "/")).collect();
        assert_eq!(results, ["a.txt", "b/c/a.txt", "z.txt"]);
    }
}
