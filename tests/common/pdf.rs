//! Small PDFs for the tests, of this workspace's other packages too.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A PDF of one page of 200 × 200 pt with a red square at 50, 50 (from the upper left corner), 100 wide and high.
pub fn write_pdf(path: &Path) {
    let content = "1 0 0 rg 50 50 100 100 re f";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>".to_owned(),
        stream("", content),
    ];
    write_objects(path, &objects);
}

/// A stream with these entries and this content.
pub fn stream(entries: &str, content: &str) -> String {
    format!("<< /Length {} {entries}>>\nstream\n{content}\nendstream", content.len())
}

/// A PDF of these objects, the first of which is its catalog.
pub fn write_objects(path: &Path, objects: &[String]) {
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(pdf.len());
        let _ = write!(pdf, "{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = pdf.len();
    let _ = write!(pdf, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(pdf, "{offset:010} 00000 n ");
    }
    let _ = write!(pdf, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    std::fs::write(path, pdf).expect("the PDF is written");
}

/// Folder with a PDF whose content is its own.
pub fn document(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(format!("{name}.pdf"));
    write_pdf(&path);
    let mut bytes = std::fs::read(&path).expect("the PDF is read");
    bytes.extend_from_slice(format!("% {name}\n").as_bytes());
    std::fs::write(&path, bytes).expect("the PDF is written");
    (folder, path)
}
