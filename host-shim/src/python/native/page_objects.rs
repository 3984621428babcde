//! pdfium's functions on page objects, called at the addresses that pyworker's own binding found.

use super::pdfium::Matrix;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::ffi::{c_float, c_int, c_ulong, c_void};

/// `FPDF_PAGE`, `FPDF_PAGEOBJECT`, `FPDF_CLIPPATH` and `FPDF_PATHSEGMENT`.
pub type Handle = *mut c_void;

type Count = unsafe extern "system" fn(Handle) -> c_int;
type CountAt = unsafe extern "system" fn(Handle, c_int) -> c_int;
type Item = unsafe extern "system" fn(Handle, c_int) -> Handle;
type ItemOfForm = unsafe extern "system" fn(Handle, c_ulong) -> Handle;
type ItemOfClip = unsafe extern "system" fn(Handle, c_int, c_int) -> Handle;
type Part = unsafe extern "system" fn(Handle) -> Handle;
type GetMatrix = unsafe extern "system" fn(Handle, *mut Matrix) -> c_int;
type GetBounds = unsafe extern "system" fn(Handle, *mut c_float, *mut c_float, *mut c_float, *mut c_float) -> c_int;
type GetFlag = unsafe extern "system" fn(Handle, *mut c_int) -> c_int;
type GetMode = unsafe extern "system" fn(Handle, *mut c_int, *mut c_int) -> c_int;
type GetPoint = unsafe extern "system" fn(Handle, *mut c_float, *mut c_float) -> c_int;

/// Number of addresses that [`Functions::at`] takes.
pub const ADDRESSES: usize = 18;

/// The functions, in the order in which [`Functions::at`] takes their addresses.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    count_objects: Count,
    object: Item,
    kind: Count,
    count_in_form: Count,
    object_in_form: ItemOfForm,
    matrix: GetMatrix,
    bounds: GetBounds,
    draw_mode: GetMode,
    count_segments: Count,
    segment: Item,
    point: GetPoint,
    segment_kind: Count,
    closes: Count,
    clip: Part,
    count_clips: Count,
    count_clip_segments: CountAt,
    clip_segment: ItemOfClip,
    is_active: GetFlag,
}

impl Functions {
    /// # Errors
    /// `ValueError` for an address that is 0.
    ///
    /// # Safety
    /// Each address must be that of the pdfium function that the field stands for, in the order of the fields, in a library
    /// that stays loaded.
    pub unsafe fn at(addresses: [usize; ADDRESSES]) -> PyResult<Self> {
        if addresses.contains(&0) {
            return Err(PyValueError::new_err("the address of a pdfium function is 0"));
        }
        // SAFETY: the caller names functions of these signatures (fpdf_edit.h, fpdf_transformpage.h); none is null.
        unsafe {
            Ok(Self {
                count_objects: std::mem::transmute::<usize, Count>(addresses[0]),
                object: std::mem::transmute::<usize, Item>(addresses[1]),
                kind: std::mem::transmute::<usize, Count>(addresses[2]),
                count_in_form: std::mem::transmute::<usize, Count>(addresses[3]),
                object_in_form: std::mem::transmute::<usize, ItemOfForm>(addresses[4]),
                matrix: std::mem::transmute::<usize, GetMatrix>(addresses[5]),
                bounds: std::mem::transmute::<usize, GetBounds>(addresses[6]),
                draw_mode: std::mem::transmute::<usize, GetMode>(addresses[7]),
                count_segments: std::mem::transmute::<usize, Count>(addresses[8]),
                segment: std::mem::transmute::<usize, Item>(addresses[9]),
                point: std::mem::transmute::<usize, GetPoint>(addresses[10]),
                segment_kind: std::mem::transmute::<usize, Count>(addresses[11]),
                closes: std::mem::transmute::<usize, Count>(addresses[12]),
                clip: std::mem::transmute::<usize, Part>(addresses[13]),
                count_clips: std::mem::transmute::<usize, Count>(addresses[14]),
                count_clip_segments: std::mem::transmute::<usize, CountAt>(addresses[15]),
                clip_segment: std::mem::transmute::<usize, ItemOfClip>(addresses[16]),
                is_active: std::mem::transmute::<usize, GetFlag>(addresses[17]),
            })
        }
    }
}

/// The objects of an open page.
#[derive(Clone, Copy)]
pub struct Objects(Functions);

impl Objects {
    /// # Safety
    /// Every handle given to a method must be one that the library handed out for a page that stays open meanwhile, used by
    /// one thread at a time: pdfium is not thread-safe.
    pub unsafe fn of(functions: Functions) -> Self {
        Self(functions)
    }

    /// The objects of a page.
    pub fn of_page(self, page: Handle) -> Vec<Handle> {
        // SAFETY: `of` was promised good handles; pdfium checks the index.
        unsafe { (0..(self.0.count_objects)(page).max(0)).map(|index| (self.0.object)(page, index)).collect() }
    }

    /// The objects of a form.
    pub fn of_form(self, form: Handle) -> Vec<Handle> {
        // SAFETY: as in `of_page`.
        unsafe {
            let count = c_ulong::try_from((self.0.count_in_form)(form)).unwrap_or(0);
            (0..count).map(|index| (self.0.object_in_form)(form, index)).collect()
        }
    }

    /// `FPDF_PAGEOBJ_…`.
    pub fn kind(self, object: Handle) -> c_int {
        // SAFETY: as in `of_page`.
        unsafe { (self.0.kind)(object) }
    }

    /// Whether an object is drawn; one of a hidden layer is not.
    pub fn is_active(self, object: Handle) -> bool {
        let mut active = 1;
        // SAFETY: as in `of_page`; the pointer is to a live value.
        unsafe { (self.0.is_active)(object, &raw mut active) == 0 || active != 0 }
    }

    /// The object's own matrix; `None` where it has none.
    pub fn matrix(self, object: Handle) -> Option<[f64; 6]> {
        let mut matrix = Matrix::default();
        // SAFETY: as in `of_page`; the pointer is to a live value.
        let told = unsafe { (self.0.matrix)(object, &raw mut matrix) } != 0;
        told.then(|| [matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f].map(f64::from))
    }

    /// Left, bottom, right and top of an object in the space that it is in.
    pub fn bounds(self, object: Handle) -> Option<[f64; 4]> {
        let [mut left, mut bottom, mut right, mut top] = [0.0; 4];
        // SAFETY: as in `matrix`.
        let told =
            unsafe { (self.0.bounds)(object, &raw mut left, &raw mut bottom, &raw mut right, &raw mut top) } != 0;
        told.then(|| [left, bottom, right, top].map(f64::from))
    }

    /// Whether a path is filled, and whether it is stroked.
    pub fn draw_mode(self, path: Handle) -> Option<(bool, bool)> {
        let (mut fill, mut stroke) = (0, 0);
        // SAFETY: as in `matrix`.
        let told = unsafe { (self.0.draw_mode)(path, &raw mut fill, &raw mut stroke) } != 0;
        told.then_some((fill != 0, stroke != 0))
    }

    /// Number of a path's segments.
    pub fn count_segments(self, path: Handle) -> c_int {
        // SAFETY: as in `of_page`.
        unsafe { (self.0.count_segments)(path) }.max(0)
    }

    /// A segment of a path: its kind (`FPDF_SEGMENT_…`), its point, and whether it closes the sub-path.
    pub fn segment(self, path: Handle, index: c_int) -> Option<(c_int, f64, f64, bool)> {
        // SAFETY: as in `matrix`; pdfium checks the index and takes null for a segment.
        unsafe {
            let segment = (self.0.segment)(path, index);
            let (x, y) = self.point(segment)?;
            Some(((self.0.segment_kind)(segment), x, y, (self.0.closes)(segment) != 0))
        }
    }

    /// The points of each clipping path of an object, at most `most` paths.
    pub fn clips(self, object: Handle, most: c_int) -> Vec<Vec<(f64, f64)>> {
        // SAFETY: as in `segment`.
        unsafe {
            let clip = (self.0.clip)(object);
            if clip.is_null() {
                return Vec::new();
            }
            let paths = 0..(self.0.count_clips)(clip).clamp(0, most);
            paths
                .map(|path| {
                    let count = (self.0.count_clip_segments)(clip, path).max(0);
                    (0..count).filter_map(|index| self.point((self.0.clip_segment)(clip, path, index))).collect()
                })
                .collect()
        }
    }

    fn point(self, segment: Handle) -> Option<(f64, f64)> {
        let (mut x, mut y) = (0.0, 0.0);
        // SAFETY: as in `matrix`.
        let told = unsafe { (self.0.point)(segment, &raw mut x, &raw mut y) } != 0;
        told.then(|| (f64::from(x), f64::from(y)))
    }
}
