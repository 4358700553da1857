//! What is wrong with a shard, kept in bounded room: a hostile one has a problem in every block.

use super::ShardProblem;
use crate::shown::shown;

/// Problems of one shard, the first of them.
pub(super) struct Problems {
    kept: Vec<ShardProblem>,
    up_to: usize,
    left_out: u64,
    last_words: Vec<String>,
}

impl Problems {
    pub(super) fn up_to(up_to: usize) -> Self {
        Self { kept: Vec::new(), up_to, left_out: 0, last_words: Vec::new() }
    }

    /// A problem of a member, or of the shard at one place among many.
    pub(super) fn push(&mut self, member: Option<&str>, message: String) {
        if self.kept.len() < self.up_to {
            self.kept.push(ShardProblem { member: member.map(|name| shown(name).into_owned()), message });
        } else {
            self.left_out += 1;
        }
    }

    /// A problem of the shard as a whole, told whatever came before; a walk has a few of them at most.
    pub(super) fn last_word(&mut self, message: String) {
        self.last_words.push(message);
    }

    /// All of them, in the order in which they were found, and how many were left out.
    pub(super) fn finish(self) -> Vec<ShardProblem> {
        let more = (self.left_out > 0).then(|| {
            format!("has {} more problems like those before; only the first {} are told", self.left_out, self.up_to)
        });
        let of_shard = more.into_iter().chain(self.last_words);
        let of_shard = of_shard.map(|message| ShardProblem { member: None, message });
        self.kept.into_iter().chain(of_shard).collect()
    }
}
