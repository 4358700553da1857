//! Orders hard links whose targets had not been seen when the links were read: links before their
//! target, chains of links, and loops.

use rustc_hash::FxHashMap;

use crate::tile_path::TilePath;

/// A link with its name and its target, as spelled in the shard.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) target: String,
}

/// Returns the links that lead to a member, each after the link or member it leads to, and then the
/// links that lead to none. `holds` returns whether a member exists. Each link is visited once,
/// however long the chains are.
pub(super) fn in_order(links: Vec<Link>, holds: impl Fn(&TilePath) -> bool) -> (Vec<Link>, Vec<Link>) {
    let mut waiting: FxHashMap<TilePath, Vec<Link>> = FxHashMap::default();
    let mut ready = Vec::new();
    for link in links {
        let target = TilePath::new(&link.target);
        if holds(&target) {
            ready.push(link);
        } else {
            waiting.entry(target).or_default().push(link);
        }
    }
    let mut at = 0;
    while let Some(link) = ready.get(at) {
        let followers = waiting.remove(&TilePath::new(&link.name));
        ready.extend(followers.into_iter().flatten());
        at += 1;
    }
    let mut lost: Vec<Link> = waiting.into_values().flatten().collect();
    lost.sort_by(|one, other| one.name.cmp(&other.name));
    (ready, lost)
}
