//! Groups of numbers that pairs connect (union–find). Knows nothing of what the numbers are.

/// Groups of the numbers from 0 up to a count.
pub(crate) struct Groups {
    /// By number: another one of its group, nearer to the root; the root itself.
    parents: Vec<u32>,
}

impl Groups {
    /// Each number alone.
    pub(crate) fn new(count: usize) -> Self {
        Self { parents: (0..count as u32).collect() }
    }

    /// Joins the groups of two numbers.
    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.parents.get_mut(a.max(b) as usize) {
            *parent = a.min(b);
        }
    }

    /// Returns the first number of a number's group.
    pub(crate) fn root(&mut self, mut number: u32) -> u32 {
        while let Some(parent) = self.parents.get(number as usize).copied().filter(|parent| *parent != number) {
            let next = self.parents.get(parent as usize).copied().unwrap_or(parent);
            // Halves the path for the next time.
            if let Some(own) = self.parents.get_mut(number as usize) {
                *own = next;
            }
            number = next;
        }
        number
    }

    /// Returns the number of groups with at least two members.
    pub(crate) fn count_of_several(&mut self) -> usize {
        let count = self.parents.len() as u32;
        // Each group has one root, which is its first number: a group counts when its second
        // member is found.
        let mut has_several = vec![false; self.parents.len()];
        let mut several = 0;
        for number in 0..count {
            let root = self.root(number);
            if root != number && !std::mem::replace(&mut has_several[root as usize], true) {
                several += 1;
            }
        }
        several
    }

    /// Returns the groups, each in order, the groups in the order of their first numbers.
    pub(crate) fn all(mut self) -> Vec<Vec<u32>> {
        let count = self.parents.len();
        let mut groups: Vec<Vec<u32>> = vec![Vec::new(); count];
        for number in 0..count as u32 {
            let root = self.root(number);
            groups[root as usize].push(number);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_connect_groups() {
        let mut groups = Groups::new(7);
        for (a, b) in [(5, 6), (0, 3), (6, 3), (2, 2)] {
            groups.join(a, b);
        }
        assert_eq!((groups.count_of_several(), groups.root(6)), (1, 0));
        assert_eq!(groups.all(), [vec![0, 3, 5, 6], vec![1], vec![2], vec![4]]);
    }
}
