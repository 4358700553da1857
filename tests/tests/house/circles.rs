//! Circles of files inside a crate: files that need each other by what they import.
//!
//! Reads sources by simple text rules, good enough for this code; knows no types and expands no
//! macros.
//!
//! A name counts for the file that defines it: `use super::{Finding, Signal}` leads to
//! `findings.rs` and `signal.rs` if `mod.rs` only re-exports both. Two kinds of arrows are left
//! out, so that a parent and its children alone never form a circle: names that a `mod.rs`
//! re-exports from the files below it, and names that a file uses from the files above it. Names
//! that a `mod.rs` calls from the files below it count, so a circle that leads out of the folder
//! and back in is found. Unit tests at the end of a file do not count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// A module as the names that lead to it; the crate's root has none.
type Module = Vec<String>;

/// A file of a crate.
struct Source {
    name: String,
    /// Without comments and unit tests.
    code: String,
    /// By name: the path that a `use` gives it, as written.
    imports: BTreeMap<String, Vec<String>>,
}

/// Returns one line for each circle in a crate's `src`: its files, each of which needs the next
/// one. If files are in several circles together, the shortest is returned.
pub(crate) fn circles(src: &Path, files: &[(PathBuf, String)]) -> Vec<String> {
    let sources: BTreeMap<Module, Source> = files
        .iter()
        .filter(|(path, _)| !path.ends_with("main.rs"))
        .map(|(path, text)| {
            let name = path.strip_prefix(src).unwrap().display().to_string();
            let module = name.trim_end_matches(".rs").split('/').filter(|part| !["mod", "lib"].contains(part));
            let code = without_tests_and_comments(text);
            let imports = imports(&code).into_iter().filter_map(|(_, path)| Some((bound_name(&path)?, path)));
            (module.map(str::to_owned).collect(), Source { name, imports: imports.collect(), code })
        })
        .collect();
    let name = |module: &&Module| sources[*module].name.clone();
    let arrows: BTreeMap<&Module, BTreeSet<&Module>> =
        sources.keys().map(|module| (module, needed_by(module, &sources))).collect();
    let mut seen: BTreeSet<&Module> = BTreeSet::new();
    let mut found = Vec::new();
    for module in sources.keys() {
        if seen.contains(module) {
            continue;
        }
        if let Some(circle) = shortest_circle(module, &arrows) {
            let all = circle.iter().chain([&circle[0]]).map(name);
            found.push(all.collect::<Vec<_>>().join(" → "));
            seen.extend(circle);
        }
    }
    found
}

/// The shortest path from a file back to itself.
fn shortest_circle<'m>(
    start: &'m Module,
    arrows: &BTreeMap<&'m Module, BTreeSet<&'m Module>>,
) -> Option<Vec<&'m Module>> {
    let mut before: BTreeMap<&Module, &'m Module> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(module) = waiting.pop_front() {
        for next in arrows.get(module).into_iter().flatten().copied() {
            if next == start {
                let mut circle = vec![module];
                while let Some(previous) = before.get(circle[circle.len() - 1]) {
                    circle.push(previous);
                }
                circle.reverse();
                return Some(circle);
            }
            if !before.contains_key(next) {
                before.insert(next, module);
                waiting.push_back(next);
            }
        }
    }
    None
}

/// The files that a file needs, except those above it.
fn needed_by<'m>(module: &Module, sources: &'m BTreeMap<Module, Source>) -> BTreeSet<&'m Module> {
    let source = &sources[module];
    let uses = imports(&source.code);
    let mut needed = BTreeSet::new();
    for (is_public, path) in &uses {
        let target = resolve(module, path, sources, 0);
        let is_below = target.as_ref().is_some_and(|target| target.starts_with(module));
        needed.extend(target.filter(|_| !(*is_public && is_below)));
    }
    for path in paths_in_code(&source.code) {
        needed.extend(resolve(module, &path, sources, 0));
    }
    needed.retain(|target| !module.starts_with(target));
    needed.iter().filter_map(|target| sources.get_key_value(target)).map(|(module, _)| module).collect()
}

/// The file that defines the item of a path; `None` for other crates, and for items without a file
/// of this crate.
fn resolve(from: &Module, path: &[String], sources: &BTreeMap<Module, Source>, depth: usize) -> Option<Module> {
    let mut names = path.iter();
    let first = names.next()?;
    let child = |module: &Module, name: &str| {
        let module: Module = module.iter().cloned().chain([name.to_owned()]).collect();
        sources.contains_key(&module).then_some(module)
    };
    let mut module = match first.as_str() {
        "crate" => Vec::new(),
        "self" => from.clone(),
        "super" => from.split_last()?.1.to_vec(),
        name => match child(from, name) {
            Some(module) => module,
            None => return imported(from, name, names.as_slice(), sources, depth),
        },
    };
    while let Some(name) = names.next() {
        module = match (name.as_str(), child(&module, name)) {
            ("super", _) => module.split_last()?.1.to_vec(),
            (_, Some(child)) => child,
            _ => return imported(&module, name, names.as_slice(), sources, depth).or(Some(module)),
        };
    }
    Some(module)
}

/// The module that an imported name leads to.
fn imported(
    module: &Module,
    name: &str,
    rest: &[String],
    sources: &BTreeMap<Module, Source>,
    depth: usize,
) -> Option<Module> {
    let path = sources.get(module)?.imports.get(name).filter(|_| depth < 8)?;
    let mut path = real(path);
    path.extend_from_slice(rest);
    // A name that is imported from another crate under the same name would lead here again.
    (path.first().map(String::as_str) != Some(name)).then(|| resolve(module, &path, sources, depth + 1))?
}

/// The name that a `use` binds; `None` for `*`.
fn bound_name(path: &[String]) -> Option<String> {
    let last = path.last()?;
    let name = last.split_once(" as ").map_or(last.as_str(), |(_, name)| name);
    if name == "self" { path.get(path.len().checked_sub(2)?).cloned() } else { (name != "*").then(|| name.to_owned()) }
}

/// A path of a `use` without new names, `self` and `*` at its end.
fn real(path: &[String]) -> Vec<String> {
    let mut path: Vec<String> =
        path.iter().map(|name| name.split(" as ").next().unwrap_or_default().to_owned()).collect();
    if path.len() > 1 && path.last().is_some_and(|last| last == "self" || last == "*") {
        path.pop();
    }
    path
}

fn without_tests_and_comments(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let uncommented = |line: &str| line.split("//").next().unwrap_or_default().to_owned() + "\n";
    code.lines().map(uncommented).collect()
}

/// The paths of all `use` statements, one for each name, and whether the name is re-exported.
fn imports(code: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    for statement in code.split_inclusive(';') {
        let start = statement.match_indices("use ").map(|(at, _)| at).find(|at| {
            let before = &statement[..*at];
            before.is_empty() || before.ends_with(['\n', ' '])
        });
        let Some(start) = start else { continue };
        let line = statement[..start].lines().last().unwrap_or_default();
        let tree: String =
            statement[start + 4..].trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.trim().is_empty() && !line.trim().starts_with("pub") {
            continue;
        }
        let mut paths = Vec::new();
        expand(&tree, &[], &mut paths);
        found.extend(paths.into_iter().map(|path| (line.contains("pub"), path)));
    }
    found
}

/// Expands a tree of `use` into single paths.
fn expand(tree: &str, before: &[String], paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let group = tree.find('{').unwrap_or(tree.len());
    let head = tree[..group].split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let path: Vec<String> = before.iter().cloned().chain(head).collect();
    let Some(inner) = tree.get(group + 1..tree.rfind('}').unwrap_or(0)) else {
        return paths.push(path);
    };
    let (mut depth, mut from) = (0, 0);
    for (at, sign) in inner.char_indices().chain([(inner.len(), ',')]) {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[from..at].trim().is_empty() {
                    expand(&inner[from..at], &path, paths);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// Every `a::b` outside `use`, by its names.
fn paths_in_code(code: &str) -> Vec<Vec<String>> {
    let is_name = |sign: char| sign.is_alphanumeric() || sign == '_';
    let mut found = Vec::new();
    for word in code.split(|sign: char| !is_name(sign) && sign != ':') {
        let names: Vec<String> = word.split("::").map(str::to_owned).collect();
        if names.len() > 1 && names.iter().all(|name| !name.is_empty() && name.chars().all(is_name)) {
            found.push(names);
        }
    }
    found
}
