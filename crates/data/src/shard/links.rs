//! Hard links whose target had not been seen when they were read: links ahead of it, chains of links, circles of them.

use rustc_hash::FxHashMap;

use crate::tile_path::TilePath;

/// A link with its own name and its target's, as the shard spells them.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) target: String,
}

/// The links in an order in which each comes behind what it leads to, as far as it leads to a member at all; then those that
/// lead to none. `holds` tells of the members. Each link is looked at once, however long the chains are.
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
        let behind = waiting.remove(&TilePath::new(&link.name));
        ready.extend(behind.into_iter().flatten());
        at += 1;
    }
    let mut lost: Vec<Link> = waiting.into_values().flatten().collect();
    lost.sort_by(|one, other| one.name.cmp(&other.name));
    (ready, lost)
}
