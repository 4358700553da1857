//! The problems of a shard, in bounded memory: a hostile shard has a problem in every block.

use super::ShardProblem;
use crate::shown::shown;

/// The first problems of a shard, and the number of others.
pub(super) struct Problems {
    kept: Vec<ShardProblem>,
    up_to: usize,
    left_out: u64,
    conclusions: Vec<String>,
}

impl Problems {
    pub(super) fn new(up_to: usize) -> Self {
        Self { kept: Vec::new(), up_to, left_out: 0, conclusions: Vec::new() }
    }

    /// Adds a problem of a member, or of one place in the shard among many.
    pub(super) fn push(&mut self, member: Option<&str>, message: String) {
        if self.kept.len() < self.up_to {
            self.kept.push(ShardProblem { member: member.map(|name| shown(name).into_owned()), message });
        } else {
            self.left_out += 1;
        }
    }

    /// Adds a problem of the whole shard, which is kept however many there are; a walk has only a
    /// few of them.
    pub(super) fn conclude(&mut self, message: String) {
        self.conclusions.push(message);
    }

    /// All problems in the order in which they were found, with a message about those left out.
    pub(super) fn finish(self) -> Vec<ShardProblem> {
        let more = (self.left_out > 0).then(|| {
            format!("has {} more problems like those before; only the first {} are listed", self.left_out, self.up_to)
        });
        let of_shard = more.into_iter().chain(self.conclusions);
        let of_shard = of_shard.map(|message| ShardProblem { member: None, message });
        self.kept.into_iter().chain(of_shard).collect()
    }
}
