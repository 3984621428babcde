//! Which files a request may name: those inside the roots.

use std::path::{Component, Path, PathBuf};
use tach_supervisor::{ErrorBody, ErrorCode};

/// The folders that files may be read from.
#[derive(Debug)]
pub(crate) struct Places {
    /// As given, absolute, and with links resolved.
    roots: Vec<(PathBuf, PathBuf)>,
}

impl Places {
    /// # Errors
    /// A root that is no folder.
    pub(crate) fn new(roots: &[PathBuf]) -> Result<Self, String> {
        let open = |root: &PathBuf| {
            let failed = |reason: String| format!("cannot use the root `{}`: {reason}", root.display());
            let absolute = std::path::absolute(root).map_err(|error| failed(error.to_string()))?;
            let resolved = absolute.canonicalize().map_err(|error| failed(error.to_string()))?;
            if resolved.is_dir() { Ok((absolute, resolved)) } else { Err(failed("it is no folder".into())) }
        };
        Ok(Self { roots: roots.iter().map(open).collect::<Result<_, _>>()? })
    }

    /// The roots, absolute, as the worker gets them.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(|(absolute, _)| absolute.as_path())
    }

    /// The absolute path of a file that a request names: relative to a root, or absolute inside one. Blocks.
    ///
    /// The worker checks the file that it really opened against the same roots, so a path that is swapped after this finds no way
    /// out.
    ///
    /// # Errors
    /// `path_not_allowed` outside the roots; `file_not_found` inside them.
    pub(crate) fn resolve(&self, named: &str) -> Result<PathBuf, ErrorBody> {
        let refuse = || {
            let message = format!("`{}` is not inside a folder given with --root", shown(named));
            ErrorBody::new(ErrorCode::PathNotAllowed, message).with("path", named)
        };
        let path = Path::new(named);
        let climbs = path.components().any(|part| matches!(part, Component::ParentDir));
        if named.contains('\0') || climbs {
            return Err(refuse());
        }
        let mut is_inside = false;
        for (absolute, resolved) in &self.roots {
            let candidate = if path.is_absolute() { path.to_owned() } else { absolute.join(path) };
            is_inside |= candidate.starts_with(absolute) || candidate.starts_with(resolved);
            if let Ok(found) = candidate.canonicalize() {
                if self.roots.iter().any(|(_, root)| found.starts_with(root)) {
                    return Ok(candidate);
                }
                return Err(refuse());
            }
        }
        if !is_inside {
            return Err(refuse());
        }
        let message = format!("`{}` does not exist, or its folder cannot be entered", shown(named));
        Err(ErrorBody::new(ErrorCode::FileNotFound, message).with("path", named))
    }
}

fn shown(named: &str) -> String {
    let text: String = named.chars().take(200).collect();
    tach_protocol::escape::escaped(&text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_inside_the_roots_are_named() {
        let keep = tempfile::tempdir().unwrap();
        let root = keep.path().join("root");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::create_dir(keep.path().join("root-2")).unwrap();
        for name in ["root/a.pdf", "root/sub/b.pdf", "secret.pdf", "root-2/c.pdf"] {
            std::fs::write(keep.path().join(name), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("../secret.pdf", root.join("link.pdf")).unwrap();
        let places = Places::new(std::slice::from_ref(&root)).unwrap();
        let absolute = |name: &str| keep.path().join(name).to_str().unwrap().to_owned();
        for good in ["a.pdf".to_owned(), "sub/b.pdf".into(), absolute("root/a.pdf")] {
            assert!(places.resolve(&good).is_ok_and(|path| path.is_absolute()), "{good}");
        }
        let code = |named: &str| places.resolve(named).unwrap_err().code;
        assert_eq!(code("missing.pdf"), ErrorCode::FileNotFound);
        assert_eq!(code("../secret.pdf"), ErrorCode::PathNotAllowed);
        assert_eq!(code("sub/../a.pdf"), ErrorCode::PathNotAllowed);
        assert_eq!(code("a.pdf\0"), ErrorCode::PathNotAllowed);
        for outside in ["secret.pdf", "missing.pdf", "root-2/c.pdf"] {
            assert_eq!(code(&absolute(outside)), ErrorCode::PathNotAllowed, "{outside}");
        }
        #[cfg(unix)]
        assert_eq!(code("link.pdf"), ErrorCode::PathNotAllowed);
        assert_eq!(Places::new(&[]).unwrap().resolve("a.pdf").unwrap_err().code, ErrorCode::PathNotAllowed);
        assert!(Places::new(&[keep.path().join("secret.pdf")]).is_err());
    }
}
