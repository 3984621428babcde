//! What a confined worker may read and write, decided from its environment and its variables.

use super::python_paths;
use crate::confinement::Plan;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use tach_environment::PythonEnvironment;

/// What programs and libraries of the system read. Nothing below is private to a user.
const SYSTEM: [&str; 19] = [
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/timezone",
    // Word files fail without it: it names their pictures' types.
    "/etc/mime.types",
    "/etc/ssl/openssl.cnf",
    "/sys/devices",
    "/sys/bus/pci/devices",
    // The share of the processors that a container may use.
    "/sys/fs/cgroup",
    "/dev/urandom",
    "/dev/zero",
];

/// The machine's `/proc` files that libraries size their pools and buffers by.
const PROCESS: [&str; 6] =
    ["/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/sys/vm/overcommit_memory"];

/// Top folders that hold the system's own state and no documents.
const NO_DOCUMENTS: [&str; 3] = ["/proc", "/sys", "/dev"];

/// The plan for a worker in `environment`, whose variables `lookup` tells. Over `document_socket` it gets its documents.
pub(super) fn make(
    environment: &PythonEnvironment,
    document_socket: Option<i32>,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Plan {
    let variable = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let mut python = python_paths::of(environment);
    let allows_writable_code = python.readable.iter().any(|folder| has_torch(folder));
    let mut readable: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
    readable.append(&mut python.readable);
    for name in ["TESSDATA_PREFIX", "TACH_DOCLING_ARTIFACTS", "FONTCONFIG_FILE", "FONTCONFIG_PATH"] {
        readable.extend(variable(name).map(PathBuf::from));
    }
    for name in ["LD_LIBRARY_PATH", "XDG_DATA_DIRS"] {
        readable.extend(variable(name).iter().flat_map(std::env::split_paths).filter(|path| path.is_absolute()));
    }
    match variable("TACH_ALLOWED_ROOTS") {
        _ if document_socket.is_some() => {}
        // pyworker refuses what is no absolute path, and the start with it.
        Some(roots) => readable.extend(std::env::split_paths(&roots).filter(|root| root.is_absolute())),
        None => readable.append(&mut wherever_documents_are()),
    }
    Plan {
        readable,
        process: PROCESS.iter().map(PathBuf::from).collect(),
        listable: python.listable,
        images: variable("TACH_MMAP_DIR").map(PathBuf::from),
        writable: variable("TACH_TEXT_CACHE_DIR").map(PathBuf::from).into_iter().collect(),
        document_socket,
        allows_writable_code,
    }
}

/// Every top folder that may hold a document. Without roots it is the user's setting that any file may be read.
fn wherever_documents_are() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("/").into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> =
        entries.filter(|path| !NO_DOCUMENTS.iter().any(|other| path == Path::new(other))).collect();
    folders.push("/dev/shm".into());
    folders
}

/// Whether a `lib` folder holds an installed Torch.
fn has_torch(lib: &Path) -> bool {
    let versions = std::fs::read_dir(lib).into_iter().flatten().flatten();
    versions.map(|version| version.path().join("site-packages").join("torch")).any(|torch| torch.is_dir())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use tach_environment::Source;

    fn plan(root: &Path, variables: &[(&str, &str)]) -> Plan {
        let environment = PythonEnvironment {
            root: root.to_owned(),
            python: root.join("bin").join("python3"),
            source: Source::Explicit,
        };
        make(&environment, None, |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    fn may_read(plan: &Plan, path: &str) -> bool {
        plan.readable.iter().any(|folder| Path::new(path).starts_with(folder))
    }

    #[test]
    fn roots_take_the_place_of_everything() {
        let open = plan(Path::new("/nowhere/venv"), &[]);
        let etc = if cfg!(target_vendor = "apple") { "/Users/a" } else { "/home/a" };
        assert!(may_read(&open, etc) && !may_read(&open, "/proc/1/environ") && !may_read(&open, "/dev/sda"));
        let rooted = plan(Path::new("/nowhere/venv"), &[("TACH_ALLOWED_ROOTS", "/srv/a:relative:/srv/b")]);
        assert!(may_read(&rooted, "/srv/a/x.pdf") && may_read(&rooted, "/srv/b/x.pdf"));
        assert!(may_read(&rooted, "/nowhere/venv/lib/python3.11/os.py"));
        for foreign in [etc, "/srv/c/x.pdf", "/nowhere/venv/secret", "/etc/shadow", "/proc/1/environ", "/root/.ssh"] {
            assert!(!may_read(&rooted, foreign), "{foreign}");
        }
    }

    #[test]
    fn no_document_may_be_opened_where_they_come_by_descriptor() {
        let root = Path::new("/nowhere/venv");
        let environment = PythonEnvironment {
            root: root.to_owned(),
            python: root.join("bin").join("python3"),
            source: Source::Explicit,
        };
        for roots in [None, Some("/srv/a")] {
            let plan =
                make(&environment, Some(7), |name| roots.filter(|_| name == "TACH_ALLOWED_ROOTS").map(Into::into));
            assert_eq!(plan.document_socket, Some(7));
            assert!(may_read(&plan, "/nowhere/venv/lib/python3.11/os.py"));
            for path in ["/srv/a/x.pdf", "/home/a/x.pdf", "/etc/passwd", "/root/x.pdf", "/dev/shm/x.pdf", "/tmp/x.pdf"]
            {
                assert!(!may_read(&plan, path), "{path}");
            }
        }
    }

    #[test]
    fn an_environment_tells_its_standard_library_and_its_sources() {
        let root = std::env::temp_dir().join(format!("tach-plan-{}", std::process::id()));
        let packages = root.join("lib").join("python3.11").join("site-packages");
        let sources = root.join("sources");
        std::fs::create_dir_all(packages.join("torch")).unwrap();
        std::fs::create_dir_all(sources.join("pyworker")).unwrap();
        std::fs::write(root.join("pyvenv.cfg"), "home = /nowhere/base/bin\nversion = 3.11.7\n").unwrap();
        std::fs::write(packages.join("a.pth"), format!("import sys; sys.path.append('{}')\n", sources.display()))
            .unwrap();
        let plan = plan(&root, &[("TACH_ALLOWED_ROOTS", "/srv"), ("TACH_MMAP_DIR", "/m"), ("TESSDATA_PREFIX", "/t")]);
        std::fs::remove_dir_all(&root).unwrap();
        assert!(may_read(&plan, "/nowhere/base/lib/python3.11/os.py") && !may_read(&plan, "/nowhere/base/x"));
        assert!(may_read(&plan, &sources.join("pyworker").join("router.py").to_string_lossy()));
        assert!(!may_read(&plan, &sources.join("Cargo.toml").to_string_lossy()));
        assert_eq!(plan.listable, [sources]);
        assert!(may_read(&plan, "/t/vie.traineddata") && plan.allows_writable_code);
        assert_eq!(plan.images, Some("/m".into()));
    }
}
