//! `tach_native`: the module of this binary that pyworker imports for loops that are slow in Python.

mod frame;
mod handed_file;
mod linework;
mod page_objects;
mod pdfium;
mod run;
mod words;

use pyo3::prelude::*;

/// The module; `interpreter::start` registers it before Python starts.
#[pymodule]
pub mod tach_native {
    #[pymodule_export]
    use crate::python::native::handed_file::HandedFile;
    #[pymodule_export]
    use crate::python::native::linework::PdfiumPaths;
    #[pymodule_export]
    use crate::python::native::words::PdfiumText;
}
