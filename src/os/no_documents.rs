//! Systems on which a worker opens its documents itself: there is no socket to hand them over, and so no value of its type.

use super::document::{FileKey, Refusal};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Never made here.
#[derive(Debug)]
pub(crate) enum DocumentSocket {}

impl DocumentSocket {
    pub(crate) fn send(&self, _message: &[u8], _document: Option<&File>) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn look(&self, _path: &Path) -> Result<FileKey, Refusal> {
        match *self {}
    }

    pub(crate) fn open(&self, _path: &Path, _roots: Option<&[PathBuf]>) -> Result<(File, FileKey), Refusal> {
        match *self {}
    }

    pub(crate) fn look_at_once(&self, _path: &Path) -> Option<FileKey> {
        match *self {}
    }

    pub(crate) fn is_local(&self, _file: &File) -> bool {
        match *self {}
    }

    pub(crate) fn keep_reserve(&self) {
        match *self {}
    }
}
