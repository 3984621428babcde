//! What of the packages belongs into a bundle.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::files::copy;
use crate::project::Project;

/// Folders of a package that only its own developers, or a compiler, use.
const FOLDERS: [&str; 7] = ["tests", "__pycache__", "include", "_examples", "demos", "bin", "Scripts"];
/// Endings of files that only a compiler, a type checker or a linker reads.
const ENDINGS: [&str; 12] = ["pyi", "pyx", "pxd", "pxi", "h", "hpp", "c", "lib", "a", "pdb", "chm", "whl"];
/// Packages and parts of packages, by their beginning: video, tools for models' makers, and command lines with what only these
/// import (colours, menus, highlighted code).
const PARTS: [&str; 13] = [
    "cv2/opencv_videoio_ffmpeg",
    "docling/cli",
    "markdown_it",
    "mdurl",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "pygments",
    "pypdfium2_cli",
    "rich",
    "shellingham",
    "typer",
];
/// Kept although a rule above says otherwise: `numpy.testing`, which `SciPy` imports, takes its class from there.
const KEPT: [&str; 3] = ["numpy/_core/tests", "numpy/_core/tests/__init__.py", "numpy/_core/tests/_natype.py"];

/// The folder of the packages inside a bundle.
///
/// # Errors
/// There is none.
pub fn find(bundle: &Path) -> Result<PathBuf> {
    let windows = bundle.join("python/Lib/site-packages");
    if windows.is_dir() {
        return Ok(windows);
    }
    let lib = bundle.join("python/lib");
    let folders = fs::read_dir(&lib).with_context(|| lib.display().to_string())?.filter_map(Result::ok);
    let mut found = folders.map(|entry| entry.path().join("site-packages")).filter(|path| path.is_dir());
    found.next().context("the bundle has no site-packages folder")
}

/// Removes what is not used from the packages, and adds pyworker with its language file of the OCR.
///
/// # Errors
/// The system's, for a file that can't be read or removed.
pub fn finish(project: &Project, packages: &Path) -> Result<()> {
    prune(packages, packages)?;
    let source = project.root.join("pyworker");
    let wanted = |path: &Path| {
        path.is_dir() && path.file_name().is_some_and(|name| name != "__pycache__") && !hidden(path)
            || path.extension().is_some_and(|ending| ending == "py" || ending == "traineddata")
    };
    copy(&source, &packages.join("pyworker"), &wanted)
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn prune(folder: &Path, packages: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let inside = path.strip_prefix(packages)?.to_string_lossy().replace('\\', "/");
        if is_unused(&inside, path.is_dir()) {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.with_context(|| path.display().to_string())?;
        } else if path.is_dir() {
            prune(&path, packages)?;
        }
    }
    Ok(())
}

/// Whether a file or folder, named by its path inside the packages' folder, is left out.
fn is_unused(path: &str, is_folder: bool) -> bool {
    if KEPT.contains(&path) {
        return false;
    }
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let part = PARTS.iter().any(|part| path.starts_with(part));
    let ending = name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending));
    part || above == "numpy/_core/tests" || if is_folder { FOLDERS.contains(&name) } else { ending }
}

#[cfg(test)]
mod tests {
    use super::is_unused;

    #[test]
    fn only_what_runs_is_kept() {
        let table = [
            ("pandas/tests", true, true),
            ("pandas/core", true, false),
            ("numpy/_core/include", true, true),
            ("numpy/_core/tests", true, false),
            ("numpy/_core/tests/_natype.py", false, false),
            ("numpy/_core/tests/test_api.py", false, true),
            ("cv2/opencv_videoio_ffmpeg500_64.dll", false, true),
            ("cv2/cv2.pyd", false, false),
            ("rich-15.0.0.dist-info", true, true),
            ("docling/cli", true, true),
            ("docling/backend", true, false),
            ("onnxruntime/tools", true, true),
            ("onnxruntime/capi/onnxruntime.dll", false, false),
            ("scipy/linalg/cython_blas.pxd", false, true),
            ("rapidocr/models/PP-OCRv6_det_small.onnx", false, false),
            ("docling_core-2.104.0.dist-info", true, false),
        ];
        for (path, is_folder, unused) in table {
            assert_eq!(is_unused(path, is_folder), unused, "{path}");
        }
    }
}
