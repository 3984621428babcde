//! Whether the modules of each crate import each other in a loop.
//!
//! A module is a file. It imports another where it names an item of it by a path that starts with `crate`, `super`, `self` or a
//! child's name. What only tests use does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use syn::visit::{self, Visit};

/// Path of a module from the root of its crate; the root itself is empty.
type Module = Vec<String>;
/// What each module imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// Fails where modules of the crate whose sources are in `folder` import each other in a loop.
///
/// # Errors
/// A file cannot be read or parsed, or there is a loop: the error shows one.
pub fn check_loops(folder: &Path) -> Result<()> {
    let mut sources = BTreeMap::new();
    collect(folder, &[], &mut sources)?;
    if !sources.contains_key(&Vec::new())
        && let Some(main) = sources.remove(&vec!["main".to_owned()])
    {
        sources.insert(Vec::new(), main);
    }
    let modules: BTreeSet<Module> = sources.keys().cloned().collect();
    let imports = sources
        .iter()
        .map(|(module, text)| {
            let file = syn::parse_file(text).with_context(|| format!("cannot parse {}", named(module)))?;
            Ok((module.clone(), imports_of(module, &file, &modules)))
        })
        .collect::<Result<Imports>>()?;
    if let Some(cycle) = find_loop(&imports) {
        let names: Vec<_> = cycle.iter().map(named).collect();
        bail!("modules of {} import each other in a loop: {}", folder.display(), names.join(" → "));
    }
    Ok(())
}

/// Reads the files of a folder and of those below it. Files of tests are left out.
fn collect(folder: &Path, at: &[String], sources: &mut BTreeMap<Module, String>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if stem == "tests" || stem == "bin" {
            continue;
        }
        let child = [at, std::slice::from_ref(&stem)].concat();
        if path.is_dir() {
            collect(&path, &child, sources)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let module = if matches!(stem.as_str(), "lib" | "mod") { at.to_vec() } else { child };
            sources.insert(module, std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn imports_of(module: &Module, file: &syn::File, modules: &BTreeSet<Module>) -> BTreeSet<Module> {
    let mut finder = Finder { module, inline: Vec::new(), modules, found: BTreeSet::new() };
    finder.visit_file(file);
    finder.found.remove(module);
    finder.found
}

struct Finder<'a> {
    module: &'a Module,
    /// The modules without a file of their own around the place that is visited.
    inline: Vec<String>,
    modules: &'a BTreeSet<Module>,
    found: BTreeSet<Module>,
}

impl Finder<'_> {
    /// Notes the module that a path leads into.
    fn path(&mut self, segments: &[String]) {
        let Some((first, mut rest)) = segments.split_first() else { return };
        let here = [self.module.as_slice(), &self.inline].concat();
        let mut place = match first.as_str() {
            "crate" => Vec::new(),
            "super" => here[..here.len().saturating_sub(1)].to_vec(),
            "self" => here,
            name => [here.as_slice(), &[name.to_owned()]].concat(),
        };
        let is_relative = matches!(first.as_str(), "crate" | "self" | "super");
        if !is_relative && !self.modules.contains(&place) {
            return;
        }
        while let Some((next, after)) = rest.split_first() {
            if next == "super" {
                place.pop();
            } else {
                place.push(next.clone());
                if !self.modules.contains(&place) {
                    place.pop();
                    break;
                }
            }
            rest = after;
        }
        while !place.is_empty() && !self.modules.contains(&place) {
            place.pop();
        }
        self.found.insert(place);
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.tree(&[before, &[path.ident.to_string()]].concat(), &path.tree),
            syn::UseTree::Name(name) => self.path(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(name) => self.path(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.path(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(before, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // The crate's root only passes on what other crates may use.
        if !self.module.is_empty() || matches!(item.vis, syn::Visibility::Inherited) {
            self.tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.path(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
        };
        if !item.attrs.iter().any(is_test) {
            self.inline.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.inline.pop();
        }
    }
}

/// A loop, its first module again at the end.
fn find_loop(imports: &Imports) -> Option<Vec<Module>> {
    let mut done = BTreeSet::new();
    imports.keys().find_map(|start| follow(start, imports, &mut Vec::new(), &mut done))
}

fn follow(at: &Module, imports: &Imports, way: &mut Vec<Module>, done: &mut BTreeSet<Module>) -> Option<Vec<Module>> {
    if let Some(start) = way.iter().position(|module| module == at) {
        return Some([&way[start..], std::slice::from_ref(at)].concat());
    }
    if !done.insert(at.clone()) {
        return None;
    }
    way.push(at.clone());
    let found = imports.get(at)?.iter().find_map(|next| follow(next, imports, way, done));
    way.pop();
    found
}

fn named(module: &Module) -> String {
    if module.is_empty() { "the crate's root".to_owned() } else { module.join("::") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(files: &[(&str, &str)]) -> Result<()> {
        let folder = tempfile::tempdir()?;
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().context("a parent")?)?;
            std::fs::write(path, text)?;
        }
        check_loops(folder.path())
    }

    #[test]
    fn a_loop_is_found_however_it_is_written() {
        let good = ("lib.rs", "mod a; mod b; pub use a::A;");
        let rows: &[(bool, &[(&str, &str)])] = &[
            (true, &[good, ("a.rs", "use crate::b::B; pub struct A(B);"), ("b.rs", "pub struct B;")]),
            (false, &[good, ("a.rs", "use crate::b::B; pub struct A(B);"), ("b.rs", "use crate::a::A; pub struct B;")]),
            (false, &[good, ("a.rs", "use crate::{b::B}; pub struct A(B);"), ("b.rs", "fn f() { super::a::g(); }")]),
            (true, &[good, ("a.rs", "use crate::b::B;"), ("b.rs", "#[cfg(test)] mod tests { use crate::a::A; }")]),
            (true, &[good, ("a.rs", "// use crate::b::B;"), ("b.rs", "use crate::a::A;")]),
            // A parent that uses its child, and a child that uses its parent.
            (true, &[good, ("a.rs", "mod c; use c::C; pub struct A(C);"), ("a/c.rs", "pub struct C;")]),
            (false, &[good, ("a.rs", "mod c; use c::C; pub struct A(C);"), ("a/c.rs", "use super::A; pub struct C;")]),
            // `super` in a module without a file of its own is the file's module.
            (true, &[good, ("a.rs", "mod c; mod inner { use super::c::C; }"), ("a/c.rs", "pub struct C;")]),
            (
                false,
                &[good, ("a.rs", "mod inner { use super::super::b::B; }"), ("b.rs", "use crate::a::A; pub struct B;")],
            ),
            // Three in a ring.
            (
                false,
                &[
                    ("lib.rs", "mod a; mod b; mod c;"),
                    ("a.rs", "use crate::b::B;"),
                    ("b.rs", "use crate::c::C;"),
                    ("c.rs", "use super::a;"),
                ],
            ),
        ];
        for (holds, files) in rows {
            let result = checked(files);
            assert_eq!(result.is_ok(), *holds, "{files:?}: {result:?}");
        }
    }
}
