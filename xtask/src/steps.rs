//! A list of named steps: run in order, timed, summed up.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::command;

/// One step. `run` does the work; an error is the step's failure.
pub struct Step<'a> {
    /// The name that `--only` takes.
    pub name: &'static str,
    /// What it does, for `--list`.
    pub about: &'static str,
    /// Steps that must have passed.
    pub needs: &'static [&'static str],
    /// The work.
    pub run: Box<dyn FnMut() -> Result<()> + 'a>,
}

/// Steps failed, and the summary has said so already.
#[derive(Debug)]
pub struct StepsFailed;

impl fmt::Display for StepsFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("steps failed")
    }
}

impl std::error::Error for StepsFailed {}

/// How a step ended.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Outcome {
    Passed,
    Failed,
    /// Not run, because this step failed or wasn't run.
    Blocked(&'static str),
}

/// Prints the names and what they do.
pub fn list(steps: &[Step<'_>]) {
    for Step { name, about, .. } in steps {
        println!("{name:<14} {about}");
    }
}

/// Runs the steps (those named in `only` and what they need; all of them where it is empty), goes on after a failure, and prints
/// a summary that ends with the line `N passed, N failed`. A step that wasn't run because of another's failure counts as failed.
///
/// # Errors
/// A name in `only` is no step's, or a step failed ([`StepsFailed`]).
pub fn run(steps: Vec<Step<'_>>, only: &[String]) -> Result<()> {
    let chosen = choose(&steps, only)?;
    let total = chosen.iter().filter(|chosen| **chosen).count();
    let mut results: Vec<(&'static str, Outcome, Duration)> = Vec::new();
    for (mut step, _) in steps.into_iter().zip(chosen).filter(|(_, chosen)| *chosen) {
        println!("\n== {}/{total} {}: {}", results.len() + 1, step.name, step.about);
        let start = Instant::now();
        let unmet = step
            .needs
            .iter()
            .find(|need| !results.iter().any(|(name, outcome, _)| name == *need && *outcome == Outcome::Passed));
        let outcome = match unmet {
            Some(need) => {
                println!("not run: {need} did not pass");
                Outcome::Blocked(need)
            }
            None => match (step.run)() {
                Ok(()) => Outcome::Passed,
                Err(error) => {
                    eprintln!("{error:#}");
                    Outcome::Failed
                }
            },
        };
        results.push((step.name, outcome, start.elapsed()));
    }
    let (summary, failed) = summary(&results);
    println!("\n{summary}");
    if failed > 0 {
        return Err(StepsFailed.into());
    }
    Ok(())
}

fn choose(steps: &[Step<'_>], only: &[String]) -> Result<Vec<bool>> {
    if let Some(unknown) = only.iter().find(|name| !steps.iter().any(|step| step.name == **name)) {
        let names: Vec<_> = steps.iter().map(|step| step.name).collect();
        bail!("there is no step `{unknown}`; the steps are {}", names.join(", "));
    }
    let mut chosen: Vec<_> =
        steps.iter().map(|step| only.is_empty() || only.iter().any(|name| name == step.name)).collect();
    // A step needs only steps before it, so one pass from the end finds them all.
    for index in (0..steps.len()).rev().collect::<Vec<_>>() {
        if chosen[index] {
            for (before, step) in steps[..index].iter().enumerate() {
                chosen[before] |= steps[index].needs.contains(&step.name);
            }
        }
    }
    Ok(chosen)
}

fn summary(results: &[(&'static str, Outcome, Duration)]) -> (String, usize) {
    let mut lines = Vec::new();
    for (name, outcome, time) in results {
        let word = match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed => "FAILED".to_owned(),
            Outcome::Blocked(need) => format!("NOT RUN (needs {need})"),
        };
        lines.push(format!("{name:<14} {:>12}  {word}", command::duration(*time)));
    }
    let failed = results.iter().filter(|(_, outcome, _)| *outcome != Outcome::Passed).count();
    lines.push(format!("{} passed, {failed} failed", results.len() - failed));
    (lines.join("\n"), failed)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Steps a, b (needs a), c: those in `fail` fail. Gives what ran, and whether all passed.
    fn run_with(fail: &[&str], only: &[&str]) -> (Vec<&'static str>, Result<()>) {
        let log = RefCell::new(Vec::new());
        let ran = &log;
        let step = |name: &'static str, needs| Step {
            name,
            about: "a step",
            needs,
            run: Box::new(move || {
                ran.borrow_mut().push(name);
                anyhow::ensure!(!fail.contains(&name), "broken");
                Ok(())
            }),
        };
        let only: Vec<_> = only.iter().map(|name| (*name).to_owned()).collect();
        let result = run(vec![step("a", &[]), step("b", &["a"]), step("c", &[])], &only);
        (log.into_inner(), result)
    }

    #[test]
    fn a_failure_blocks_only_what_needs_it() {
        let table: &[(&[&str], &[&str])] =
            &[(&[], &["a", "b", "c"]), (&["a"], &["a", "c"]), (&["c"], &["a", "b", "c"])];
        for (fail, ran) in table {
            let (really_ran, result) = run_with(fail, &[]);
            assert_eq!(really_ran, *ran);
            assert_eq!(result.is_err_and(|error| error.is::<StepsFailed>()), !fail.is_empty());
        }
    }

    #[test]
    fn only_runs_the_named_steps_and_what_they_need() {
        assert_eq!(run_with(&[], &["b"]).0, ["a", "b"]);
        assert_eq!(run_with(&[], &["c"]).0, ["c"]);
        let (ran, result) = run_with(&[], &["d"]);
        assert!(ran.is_empty());
        assert_eq!(result.expect_err("no such step").to_string(), "there is no step `d`; the steps are a, b, c");
    }

    #[test]
    fn the_summary_ends_with_the_counts_alone_on_a_line() {
        let second = Duration::from_secs(1);
        let results =
            [("a", Outcome::Passed, second), ("b", Outcome::Failed, second), ("c", Outcome::Blocked("b"), second)];
        let (text, failed) = summary(&results);
        assert_eq!(failed, 2);
        assert_eq!(text.lines().last(), Some("1 passed, 2 failed"));
        assert!(text.contains("NOT RUN (needs b)"), "{text}");
    }
}
