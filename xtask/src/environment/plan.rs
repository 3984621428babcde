//! Whether an environment can be used as it is: decided from its stamps alone.

use std::collections::BTreeMap;

/// What was installed from one lock file: the interpreter's line, then the lock file's whole text, so that nothing needs hashing
/// and a change of either shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// The lock file's name.
    pub name: String,
    /// Interpreter and lock.
    pub text: String,
}

/// What has to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Plan {
    /// Nothing.
    Current,
    /// Install these lock files on top of what is there.
    Add(Vec<String>),
    /// Make the environment anew.
    Make,
}

/// Decides. A stamp that is missing means packages to add; one that differs, or an installation that was interrupted, means a
/// fresh start, because installing over old packages would leave some behind that no lock file names.
pub fn plan(wanted: &[Stamp], found: &BTreeMap<String, String>, incomplete: bool) -> Plan {
    let differs = wanted.iter().any(|stamp| found.get(&stamp.name).is_some_and(|text| *text != stamp.text));
    let missing: Vec<_> =
        wanted.iter().filter(|stamp| !found.contains_key(&stamp.name)).map(|stamp| stamp.name.clone()).collect();
    if incomplete || differs || missing.len() == wanted.len() {
        Plan::Make
    } else if missing.is_empty() {
        Plan::Current
    } else {
        Plan::Add(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(texts: &[(&str, &str)]) -> Vec<Stamp> {
        texts.iter().map(|(name, text)| Stamp { name: (*name).to_owned(), text: (*text).to_owned() }).collect()
    }

    #[test]
    fn the_stamps_decide() {
        let (lean, dev) = (("lean", "3.11 lock"), ("dev", "3.11 tools"));
        let table: &[(&[_], &[_], Plan)] = &[
            (&[lean], &[], Plan::Make),
            (&[lean, dev], &[], Plan::Make),
            (&[lean], &[lean], Plan::Current),
            (&[lean, dev], &[lean, dev], Plan::Current),
            (&[lean, dev], &[lean], Plan::Add(vec!["dev".to_owned()])),
            (&[lean], &[lean, ("dev", "3.11 old tools")], Plan::Current),
            (&[lean, dev], &[lean, ("dev", "3.11 old tools")], Plan::Make),
            (&[lean], &[("lean", "3.11 old lock"), dev], Plan::Make),
            (&[("lean", "3.12 lock")], &[lean], Plan::Make),
        ];
        for (wanted, found, expected) in table {
            let found_map = stamps(found).into_iter().map(|stamp| (stamp.name, stamp.text)).collect();
            assert_eq!(plan(&stamps(wanted), &found_map, false), *expected, "{wanted:?} {found:?}");
            assert_eq!(plan(&stamps(wanted), &found_map, true), Plan::Make, "interrupted: {wanted:?} {found:?}");
        }
    }
}
