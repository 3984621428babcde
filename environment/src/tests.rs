//! The search as tables: which files exist, what the surroundings say, what is found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::candidates::{Candidate, Surroundings};
use super::layout::Platform;
use super::*;

/// A made-up file system: these files, and the folders above them.
struct Files(BTreeSet<PathBuf>);

impl Files {
    fn new(files: &[&str]) -> Self {
        Self(files.iter().map(PathBuf::from).collect())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.0.iter().any(|file| file != path && file.starts_with(path))
    }

    fn find(&self, surroundings: &Surroundings, platform: Platform) -> Result<PythonEnvironment, NotFound> {
        let candidates = candidates::python(surroundings);
        first_python(&candidates, platform, &|path| self.is_file(path), &|path| self.is_dir(path))
    }
}

fn everything() -> Surroundings {
    Surroundings {
        explicit: Some("/given".into()),
        variable: Some("/named".into()),
        executable: Some("/repo/target/debug/tach".into()),
        virtual_env: Some("/active".into()),
        current_dir: Some("/work/deep".into()),
    }
}

const PROJECT: [&str; 4] =
    ["/repo/.venv/bin/python3", "/repo/.venv/pyvenv.cfg", "/repo/Cargo.toml", "/repo/pyworker/__init__.py"];

#[test]
fn the_places_come_in_the_documented_order() {
    let places: Vec<_> = candidates::python(&everything()).into_iter().map(|c| (c.source, c.path)).collect();
    let expected = [
        (Source::Explicit, "/given"),
        (Source::TachPython, "/named"),
        (Source::BesideExecutable, "/repo/target/debug/python"),
        (Source::VirtualEnv, "/active"),
        (Source::Project, "/repo/target/debug/.venv"),
        (Source::Project, "/repo/target/.venv"),
        (Source::Project, "/repo/.venv"),
        (Source::Project, "/.venv"),
        (Source::Project, "/work/deep/.venv"),
        (Source::Project, "/work/.venv"),
    ];
    assert_eq!(places, expected.map(|(source, path)| (source, PathBuf::from(path))));
}

#[test]
fn the_first_place_that_holds_a_python_wins() {
    let all = [
        "/given/bin/python3",
        "/named/bin/python3",
        "/repo/target/debug/python/bin/python3",
        "/active/bin/python3",
        PROJECT[0],
        PROJECT[1],
        PROJECT[2],
        PROJECT[3],
    ];
    let without = |f: fn(&mut Surroundings)| {
        let mut surroundings = everything();
        f(&mut surroundings);
        surroundings
    };
    let unnamed = |s: &mut Surroundings| (s.explicit, s.variable) = (None, None);
    let table = [
        (everything(), 0, Source::Explicit, "/given"),
        (without(|s| s.explicit = None), 1, Source::TachPython, "/named"),
        (without(unnamed), 2, Source::BesideExecutable, "/repo/target/debug/python"),
        (without(unnamed), 3, Source::VirtualEnv, "/active"),
        (without(unnamed), 4, Source::Project, "/repo/.venv"),
    ];
    for (surroundings, from, source, root) in table {
        let found = Files::new(&all[from..]).find(&surroundings, Platform::Unix).expect("an environment");
        let expected = PythonEnvironment { root: root.into(), python: format!("{root}/bin/python3").into(), source };
        assert_eq!(found, expected);
    }
}

#[test]
fn a_named_path_is_never_passed_over() {
    let files = Files::new(&PROJECT);
    for (surroundings, source) in [
        (Surroundings { explicit: Some("/typo".into()), ..everything() }, Source::Explicit),
        (Surroundings { explicit: None, ..everything() }, Source::TachPython),
    ] {
        let error = files.find(&surroundings, Platform::Unix).expect_err("the named path is not there");
        assert_eq!(error.looked.len(), 1);
        assert_eq!(error.looked[0].candidate.source, source);
        assert!(error.to_string().contains("Correct that path"), "{error}");
    }
}

#[test]
fn a_folder_called_venv_is_the_projects_only_in_a_project_and_when_finished() {
    for missing in &PROJECT[1..] {
        let files: Vec<_> = PROJECT.into_iter().filter(|file| file != missing).collect();
        let surroundings = Surroundings { executable: Some("/repo/target/debug/tach".into()), ..Default::default() };
        let error = Files::new(&files).find(&surroundings, Platform::Unix).expect_err("not the project's");
        let looked = error.looked.iter().find(|looked| looked.candidate.path == Path::new("/repo/.venv"));
        assert_eq!(looked.expect("looked at").reason, "is not the environment of a TachFileTo project");
    }
}

#[test]
fn environments_of_every_layout_are_recognised() {
    let table = [
        (Platform::Unix, "/e", "/e/bin/python3", "/e", "/e/bin/python3"),
        (Platform::Unix, "/e", "/e/bin/python", "/e", "/e/bin/python"),
        (Platform::Unix, "/e/bin/python3.12", "/e/bin/python3.12", "/e", "/e/bin/python3.12"),
        (Platform::Windows, "/e", "/e/Scripts/python.exe", "/e", "/e/Scripts/python.exe"),
        (Platform::Windows, "/e", "/e/python.exe", "/e", "/e/python.exe"),
        (Platform::Windows, "/e", "/e/python311.dll", "/e", "/e/python.exe"),
        (Platform::Windows, "/e/Scripts/python.exe", "/e/Scripts/python.exe", "/e", "/e/Scripts/python.exe"),
        (Platform::Windows, "/e/scripts/python.exe", "/e/scripts/python.exe", "/e", "/e/scripts/python.exe"),
        (
            Platform::Windows,
            "/bundle/python/python.exe",
            "/bundle/python/python.exe",
            "/bundle/python",
            "/bundle/python/python.exe",
        ),
    ];
    for (platform, named, file, root, python) in table {
        let surroundings = Surroundings { variable: Some(named.into()), ..Default::default() };
        let found = Files::new(&[file]).find(&surroundings, platform).expect(file);
        assert_eq!((found.root, found.python), (PathBuf::from(root), PathBuf::from(python)), "{file}");
    }
}

#[test]
fn a_layout_of_the_other_platform_is_refused() {
    for (platform, file) in [
        (Platform::Unix, "/e/Scripts/python.exe"),
        (Platform::Unix, "/e/python311.dll"),
        (Platform::Windows, "/e/bin/python3"),
        (Platform::Windows, "/e/python39.dll"),
    ] {
        let surroundings = Surroundings { variable: Some("/e".into()), ..Default::default() };
        let error = Files::new(&[file]).find(&surroundings, platform).expect_err(file);
        assert_eq!(error.looked[0].reason, "holds no Python executable");
    }
}

#[test]
fn the_shim_is_looked_for_beside_the_executable_and_one_folder_up() {
    let surroundings = Surroundings { executable: Some("/t/debug/deps/test-1".into()), ..Default::default() };
    let table: [(_, &[&str]); 2] = [
        (Platform::Unix, &["/t/debug/deps", "/t/debug"]),
        (Platform::Windows, &["/t/debug/deps/python", "/t/debug/deps", "/t/debug"]),
    ];
    for (platform, folders) in table {
        let candidates = candidates::shim(&surroundings, platform);
        let place = |folder: &&str| Candidate {
            source: Source::BesideExecutable,
            path: Path::new(folder).join(platform.shim_name()),
        };
        assert_eq!(candidates, folders.iter().map(place).collect::<Vec<_>>());
        let above = Path::new("/t/debug").join(platform.shim_name());
        assert_eq!(first_shim(&candidates, &|path| path == above), Ok(above.clone()));
        let error = first_shim(&candidates, &|_| false).expect_err("no file at all");
        assert!(error.to_string().contains("cargo build --package tach-host-shim"), "{error}");
    }
}

#[test]
fn a_named_shim_is_never_passed_over() {
    let surroundings = Surroundings { variable: Some("/typo".into()), ..everything() };
    let surroundings = Surroundings { explicit: None, ..surroundings };
    let candidates = candidates::shim(&surroundings, Platform::Unix);
    let error = first_shim(&candidates, &|path| path != Path::new("/typo")).expect_err("the named path is not there");
    assert_eq!(error.to_string().lines().nth(1), Some("  TACH_HOST_SHIM: /typo is not a file"));
}

#[test]
fn a_real_environment_in_a_folder_with_vietnamese_letters_is_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("môi trường Tầng 1");
    let python = layout::executables(&root, Platform::CURRENT).remove(0);
    fs::create_dir_all(python.parent().expect("a folder")).expect("folders");
    fs::write(&python, "").expect("a file");
    for named in [&root, &python] {
        let found = find_python(Some(named)).expect("the environment");
        assert_eq!(found, PythonEnvironment { root: root.clone(), python: python.clone(), source: Source::Explicit });
    }
    assert_eq!(find_shim(Some(&python)), Ok(python.clone()));
    assert!(find_shim(Some(&root)).is_err());
}
