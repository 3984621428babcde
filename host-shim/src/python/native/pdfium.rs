//! pdfium's functions on text pages, called at the addresses that pyworker's own binding found.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::ffi::{c_double, c_float, c_int, c_uint, c_ulong, c_void};
use std::ptr::null_mut;

/// `FPDF_TEXTPAGE`.
type TextPage = *mut c_void;

/// `FS_RECTF`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct LooseBox {
    pub left: c_float,
    pub top: c_float,
    pub right: c_float,
    pub bottom: c_float,
}

/// `FS_MATRIX`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Matrix {
    pub a: c_float,
    pub b: c_float,
    pub c: c_float,
    pub d: c_float,
    pub e: c_float,
    pub f: c_float,
}

/// The tight box of a character in page points.
#[derive(Clone, Copy, Default)]
pub struct CharBox {
    pub left: c_double,
    pub right: c_double,
    pub bottom: c_double,
    pub top: c_double,
}

/// The functions, in the order in which [`Functions::at`] takes their addresses.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    count_chars: unsafe extern "system" fn(TextPage) -> c_int,
    get_unicode: unsafe extern "system" fn(TextPage, c_int) -> c_uint,
    get_char_box:
        unsafe extern "system" fn(TextPage, c_int, *mut c_double, *mut c_double, *mut c_double, *mut c_double) -> c_int,
    get_loose_char_box: unsafe extern "system" fn(TextPage, c_int, *mut LooseBox) -> c_int,
    get_matrix: unsafe extern "system" fn(TextPage, c_int, *mut Matrix) -> c_int,
    get_font_size: unsafe extern "system" fn(TextPage, c_int) -> c_double,
    is_generated: unsafe extern "system" fn(TextPage, c_int) -> c_int,
    get_font_info: unsafe extern "system" fn(TextPage, c_int, *mut c_void, c_ulong, *mut c_int) -> c_ulong,
}

impl Functions {
    /// # Errors
    /// `ValueError` for an address that is 0.
    ///
    /// # Safety
    /// Each address must be that of the pdfium function of the field's name, in the order of the fields, in a library that
    /// stays loaded.
    pub unsafe fn at(addresses: [usize; 8]) -> PyResult<Self> {
        if addresses.contains(&0) {
            return Err(PyValueError::new_err("the address of a pdfium function is 0"));
        }
        let [count, unicode, char_box, loose, matrix, size, generated, font] = addresses;
        // SAFETY: the caller names functions of these signatures (fpdf_text.h); none is null.
        unsafe {
            Ok(Self {
                count_chars: std::mem::transmute::<usize, unsafe extern "system" fn(TextPage) -> c_int>(count),
                get_unicode: std::mem::transmute::<usize, unsafe extern "system" fn(TextPage, c_int) -> c_uint>(
                    unicode,
                ),
                get_char_box: std::mem::transmute::<
                    usize,
                    unsafe extern "system" fn(
                        TextPage,
                        c_int,
                        *mut c_double,
                        *mut c_double,
                        *mut c_double,
                        *mut c_double,
                    ) -> c_int,
                >(char_box),
                get_loose_char_box: std::mem::transmute::<
                    usize,
                    unsafe extern "system" fn(TextPage, c_int, *mut LooseBox) -> c_int,
                >(loose),
                get_matrix: std::mem::transmute::<
                    usize,
                    unsafe extern "system" fn(TextPage, c_int, *mut Matrix) -> c_int,
                >(matrix),
                get_font_size: std::mem::transmute::<usize, unsafe extern "system" fn(TextPage, c_int) -> c_double>(
                    size,
                ),
                is_generated: std::mem::transmute::<usize, unsafe extern "system" fn(TextPage, c_int) -> c_int>(
                    generated,
                ),
                get_font_info: std::mem::transmute::<
                    usize,
                    unsafe extern "system" fn(TextPage, c_int, *mut c_void, c_ulong, *mut c_int) -> c_ulong,
                >(font),
            })
        }
    }
}

/// The characters of an open text page.
#[derive(Clone, Copy)]
pub struct Characters {
    functions: Functions,
    page: TextPage,
}

impl Characters {
    /// # Safety
    /// `page` must be an open text page of the library that `functions` are of, and stay open while this is used, by one
    /// thread at a time: pdfium is not thread-safe.
    pub unsafe fn of(functions: Functions, page: usize) -> Self {
        Self { functions, page: page as TextPage }
    }

    /// How many there are.
    pub fn count(&self) -> c_int {
        // SAFETY: `of` was promised an open page.
        unsafe { (self.functions.count_chars)(self.page) }
    }

    /// The UTF-16 unit or code point.
    pub fn code(&self, index: c_int) -> u32 {
        // SAFETY: as in `count`; pdfium checks the index.
        unsafe { (self.functions.get_unicode)(self.page, index) }
    }

    /// Whether pdfium has put the character there itself.
    pub fn is_generated(&self, index: c_int) -> bool {
        // SAFETY: as in `code`.
        unsafe { (self.functions.is_generated)(self.page, index) == 1 }
    }

    /// Whether the font has no name: then the ending NUL alone is told.
    pub fn is_unnamed(&self, index: c_int) -> bool {
        // SAFETY: as in `code`; without a buffer pdfium writes nothing.
        unsafe { (self.functions.get_font_info)(self.page, index, null_mut(), 0, null_mut()) <= 1 }
    }

    /// The font size; negative where the text runs backwards.
    pub fn font_size(&self, index: c_int) -> f64 {
        // SAFETY: as in `code`.
        unsafe { (self.functions.get_font_size)(self.page, index) }
    }

    /// Tight box, loose box and matrix; `None` where pdfium does not tell one of them.
    pub fn place(&self, index: c_int) -> Option<(CharBox, LooseBox, Matrix)> {
        let (mut tight, mut loose, mut matrix) = (CharBox::default(), LooseBox::default(), Matrix::default());
        // SAFETY: as in `code`; the pointers are to live values of the types that fpdf_text.h names.
        let told = unsafe {
            (self.functions.get_char_box)(
                self.page,
                index,
                &raw mut tight.left,
                &raw mut tight.right,
                &raw mut tight.bottom,
                &raw mut tight.top,
            ) != 0
                && (self.functions.get_loose_char_box)(self.page, index, &raw mut loose) != 0
                && (self.functions.get_matrix)(self.page, index, &raw mut matrix) != 0
        };
        told.then_some((tight, loose, matrix))
    }
}
