//! The further fields of a new audit as a person types them: how rows are drawn, what is mixed in,
//! and whether the set may be accepted at once. Draws nothing.

use tilejury_audit::audits::{Acceptance, AuditPlan, MachineRule, PlanError, Suspicion, TileRule};

use super::audit_field::{AuditField, percent};
use crate::audit_drawing::DrawRule;

/// The way in which rows are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DrawKind {
    #[default]
    Plain,
    Bands,
    First,
    Machine,
}

impl DrawKind {
    pub(crate) const ALL: [Self; 4] = [Self::Plain, Self::Bands, Self::First, Self::Machine];

    /// Its name in the dialog.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Plain => "All with the same chance",
            Self::Bands => "Within four bands of suspicion",
            Self::First => "The most suspicious in full",
            Self::Machine => "By the word of a machine",
        }
    }
}

/// The fields as they are typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MoreFields {
    pub(crate) draw: DrawKind,
    /// The number of most suspicious rows.
    pub(crate) first: String,
    /// The rule that gives the words of a machine.
    pub(crate) rule: String,
    /// The share of rows that come back, in percent.
    pub(crate) repeats: String,
    /// The number of gold rows.
    pub(crate) gold: String,
    pub(crate) adjudicate_relevant: bool,
    /// Whether the question is if the whole set may be accepted.
    pub(crate) accepts: bool,
    /// Whether the set is one of tiles to mark, not one of rows.
    pub(crate) accepts_tiles: bool,
    /// The rule that finds these tiles.
    pub(crate) tile_rule: String,
    /// The name that accepts.
    pub(crate) machine: String,
    pub(crate) allowed_wrong: String,
}

impl Default for MoreFields {
    fn default() -> Self {
        Self {
            draw: DrawKind::Plain,
            first: "100".to_owned(),
            rule: "reviews".to_owned(),
            repeats: "0".to_owned(),
            gold: "0".to_owned(),
            adjudicate_relevant: false,
            accepts: false,
            accepts_tiles: false,
            tile_rule: "grade>=2 verified".to_owned(),
            machine: "rule".to_owned(),
            allowed_wrong: "0".to_owned(),
        }
    }
}

impl MoreFields {
    /// Leaves out what does not go together with a limit.
    pub(crate) fn without_what_a_limit_excludes(&mut self) {
        (self.draw, self.accepts) = (DrawKind::Plain, false);
    }

    /// The number of wrong rows that is allowed, if the question is whether to accept the set.
    pub(crate) fn allowed_wrong(&self) -> Option<u64> {
        self.allowed_wrong.trim().parse().ok().filter(|_| self.accepts)
    }

    /// Whether tiles are drawn.
    pub(crate) fn draws_tiles(&self) -> bool {
        self.accepts && self.accepts_tiles
    }

    /// The rule that finds the tiles, if tiles are drawn and it makes sense.
    pub(crate) fn tiles(&self) -> Option<TileRule> {
        self.tile_rule.parse().ok().filter(|_| self.draws_tiles())
    }

    /// The number of gold rows; none as long as it is no number.
    pub(crate) fn gold(&self) -> usize {
        self.gold.trim().parse().unwrap_or_default()
    }

    /// The way in which rows are drawn: from a set to accept with the same chance, whatever is
    /// chosen for other questions.
    pub(crate) fn draw_kind(&self) -> DrawKind {
        if self.accepts { DrawKind::Plain } else { self.draw }
    }

    /// The rule of the draw; a plain one as long as it makes no sense.
    pub(crate) fn draw_rule(&self) -> DrawRule {
        if let Some(rule) = self.tiles() {
            return DrawRule::Tiles(rule);
        }
        match self.draw_kind() {
            DrawKind::Plain => DrawRule::Plain,
            DrawKind::Bands => DrawRule::Suspicion(Suspicion::Bands),
            DrawKind::First => self.first().map_or(DrawRule::Plain, |rows| DrawRule::Suspicion(Suspicion::First(rows))),
            DrawKind::Machine => self.rule.parse().map_or(DrawRule::Plain, DrawRule::Machine),
        }
    }

    fn first(&self) -> Option<u64> {
        self.first.trim().parse().ok()
    }

    /// Enters the fields into a plan; those that make no sense are left out.
    pub(crate) fn enter_into(&self, plan: &mut AuditPlan) {
        plan.repeats = percent(&self.repeats).unwrap_or_default();
        plan.adjudicate_relevant = self.adjudicate_relevant;
        let machine = self.machine.trim();
        let allowed = self.allowed_wrong().filter(|_| !machine.is_empty());
        plan.acceptance = allowed.map(|allowed| Acceptance::of_rows(machine, allowed));
        plan.blind |= self.hides_word();
    }

    /// Whether the word of a machine is measured: a person who knows it is no measure of it.
    pub(crate) fn hides_word(&self) -> bool {
        self.draw_kind() == DrawKind::Machine || self.draws_tiles()
    }

    /// The errors, by field. `rows`: the number of rows to judge, if it is known.
    pub(crate) fn problems(&self, rows: Option<u64>) -> Vec<(AuditField, String)> {
        let mut problems = Vec::new();
        let mut add = |field, words: String| problems.push((field, words));
        match (self.draw_kind(), self.first(), rows) {
            (DrawKind::First, None, _) => {
                add(AuditField::First, format!("“{}” is not a number of rows", self.first.trim()));
            }
            (DrawKind::First, Some(first), Some(rows)) if first == 0 || first >= rows => {
                add(AuditField::First, PlanError::First { first, rows }.to_string());
            }
            (DrawKind::Machine, ..) => {
                if let Err(words) = self.rule.parse::<MachineRule>() {
                    add(AuditField::Rule, words);
                }
            }
            _ => {}
        }
        if percent(&self.repeats).is_none() {
            add(AuditField::Repeats, "that is a percentage from 0 to 100".to_owned());
        }
        if self.gold.trim().parse::<usize>().is_err() {
            add(AuditField::Gold, format!("“{}” is not a number of rows", self.gold.trim()));
        }
        if let Err(words) = self.tile_rule.parse::<TileRule>()
            && self.draws_tiles()
        {
            add(AuditField::TileRule, words);
        }
        if self.accepts && self.machine.trim().is_empty() {
            add(AuditField::Machine, "a name is needed".to_owned());
        }
        if self.accepts && self.allowed_wrong().is_none() {
            add(AuditField::AllowedWrong, "that is a number, such as 0".to_owned());
        }
        problems
    }

    /// The fields that a folded section hides, in a few words; empty if they are the usual ones.
    pub(crate) fn in_words(&self) -> String {
        let mut words = Vec::new();
        if self.draw_kind() != DrawKind::Plain {
            words.push(self.draw_kind().label().to_lowercase());
        }
        if percent(&self.repeats).is_none_or(|share| share > 0.0) {
            words.push(format!("{} % come back", self.repeats.trim()));
        }
        if self.gold.trim() != "0" {
            words.push(format!("{} gold", self.gold.trim()));
        }
        if self.adjudicate_relevant {
            words.push("all findings adjudicated".to_owned());
        }
        if self.accepts {
            words.push(if self.accepts_tiles { "may mark a set of tiles" } else { "may accept the rows" }.to_owned());
        }
        words.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_those_of_the_command() {
        let mut fields = MoreFields { repeats: "5".into(), adjudicate_relevant: true, ..MoreFields::default() };
        let mut plan = AuditPlan::new("spring", "7", 400);
        plan.blind = false;
        fields.enter_into(&mut plan);
        assert_eq!((plan.repeats, plan.adjudicate_relevant, plan.blind), (0.05, true, false));
        assert_eq!(plan.acceptance, None);
        (fields.accepts, fields.machine, fields.allowed_wrong) = (true, " cross-encoder ".into(), "3".into());
        fields.enter_into(&mut plan);
        assert_eq!(plan.acceptance, Some(Acceptance::of_rows("cross-encoder", 3)));
        (fields.accepts_tiles, fields.gold) = (true, "20".into());
        fields.enter_into(&mut plan);
        assert_eq!((plan.repeats, plan.blind, fields.gold()), (0.05, true, 20));
        assert_eq!(fields.draw_rule(), DrawRule::Tiles("grade>=2 verified".parse().unwrap()));
        // What was chosen for other questions is back after this one.
        (fields.draw, fields.first, plan.blind) = (DrawKind::First, "40".into(), false);
        fields.accepts_tiles = false;
        assert_eq!(fields.draw_rule(), DrawRule::Plain);
        fields.accepts = false;
        assert_eq!(fields.draw_rule(), DrawRule::Suspicion(Suspicion::First(40)));
        fields.without_what_a_limit_excludes();
        fields.enter_into(&mut plan);
        assert_eq!((plan.acceptance.clone(), fields.draw_rule()), (None, DrawRule::Plain));
        (fields.draw, fields.rule) = (DrawKind::Machine, "bge>=0.7".into());
        fields.enter_into(&mut plan);
        assert!(plan.blind, "the machine's word is hidden");
        let rule = MachineRule::Scores { source: "bge".into(), from: 0.7 };
        assert_eq!(fields.draw_rule(), DrawRule::Machine(rule));
        (fields.draw, fields.first) = (DrawKind::First, "40".into());
        assert_eq!(fields.draw_rule(), DrawRule::Suspicion(Suspicion::First(40)));
    }

    #[test]
    fn every_error_is_said_of_its_field() {
        let check = |change: fn(&mut MoreFields), expected: AuditField| {
            let mut fields = MoreFields::default();
            assert_eq!(fields.problems(Some(100)), []);
            assert_eq!(fields.in_words(), "");
            change(&mut fields);
            let problems = fields.problems(Some(100));
            assert_eq!(problems.first().map(|(field, _)| *field), Some(expected), "{problems:?}");
            assert_ne!(fields.in_words(), "", "a folded section does not hide it");
        };
        check(|fields| fields.draw = DrawKind::First, AuditField::First);
        check(|fields| (fields.draw, fields.first) = (DrawKind::First, "many".into()), AuditField::First);
        check(|fields| (fields.draw, fields.rule) = (DrawKind::Machine, "bge".into()), AuditField::Rule);
        check(|fields| fields.repeats = "101".into(), AuditField::Repeats);
        check(|fields| fields.gold = "some".into(), AuditField::Gold);
        check(
            |fields| (fields.accepts, fields.accepts_tiles, fields.tile_rule) = (true, true, "grade>=9".into()),
            AuditField::TileRule,
        );
        check(|fields| (fields.accepts, fields.machine) = (true, " ".into()), AuditField::Machine);
        check(|fields| (fields.accepts, fields.allowed_wrong) = (true, "-".into()), AuditField::AllowedWrong);
    }
}
