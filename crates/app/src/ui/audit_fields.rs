//! The fields of a new audit as a person types them, and the plan that they make, or what is wrong
//! with them. Draws nothing.

use tilejury_audit::audits::{AuditPlan, Below, PlanError, USUAL_OVERLAP, random_seed};

use super::audit_field::{AuditField, percent};
use super::audit_more_fields::MoreFields;
use crate::audit_drawing::AuditScope;
use crate::audit_planning::{AuditOutlook, OutlookInputs};

/// The fields as they are typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AuditFields {
    pub(crate) name: String,
    /// Whether the question is if the rate is below a limit.
    pub(crate) asks_below: bool,
    /// The limit in percent.
    pub(crate) limit: String,
    pub(crate) allowed: String,
    pub(crate) scope: AuditScope,
    pub(crate) rows: String,
    pub(crate) seed: String,
    /// The level in percent.
    pub(crate) level: String,
    /// The names, separated by commas.
    pub(crate) annotators: String,
    /// The overlap in percent.
    pub(crate) overlap: String,
    pub(crate) blind: bool,
    /// Whether the search of the list finds rows with a negative that a machine called relevant.
    pub(crate) called_relevant: bool,
    /// Those of the section “More”.
    pub(crate) more: MoreFields,
}

impl AuditFields {
    /// The usual fields, with a random seed. `rows`: the number of rows to draw.
    pub(crate) fn new(name: String, rows: usize) -> Self {
        Self {
            name,
            asks_below: false,
            limit: "1".to_owned(),
            allowed: "0".to_owned(),
            scope: AuditScope::All,
            rows: rows.to_string(),
            seed: random_seed(),
            level: "95".to_owned(),
            annotators: String::new(),
            overlap: format!("{:.0}", USUAL_OVERLAP * 100.0),
            blind: true,
            called_relevant: false,
            more: MoreFields::default(),
        }
    }

    /// The names of the annotators.
    pub(crate) fn names(&self) -> Vec<String> {
        self.annotators.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    fn limit(&self) -> Option<f64> {
        percent(&self.limit).filter(|limit| *limit > 0.0 && *limit <= 1.0)
    }

    fn allowed(&self) -> Option<u64> {
        self.allowed.trim().parse().ok()
    }

    /// The choices that the outlook is computed from.
    pub(crate) fn outlook_inputs(&self) -> OutlookInputs {
        let mut plan = self.as_typed(None);
        if !(plan.level > 0.0 && plan.level < 1.0) {
            plan.level = AuditPlan::new("", "", 1).level;
        }
        OutlookInputs {
            scope: self.scope.clone(),
            level: plan.level,
            limit: self.limit().filter(|_| self.asks_below),
            allowed: self.allowed().unwrap_or_default(),
            allowed_wrong: self.more.accepts.then(|| self.more.allowed_wrong().unwrap_or_default()),
            tiles: self.more.tiles(),
        }
    }

    /// The number of rows to draw; `None` if it is not a number, or not known yet.
    pub(crate) fn rows_to_draw(&self, outlook: Option<&AuditOutlook>) -> Option<u64> {
        match (self.asks_below, self.more.accepts) {
            (true, _) => outlook?.rows_below(self.allowed()?),
            (false, true) => outlook?.rows_to_accept(self.more.allowed_wrong()?),
            (false, false) => self.rows.trim().parse().ok(),
        }
    }

    /// The plan; `None` while something is wrong, or the outlook for these fields is not known.
    pub(crate) fn plan(&self, is_taken: bool, outlook: Option<&AuditOutlook>) -> Option<AuditPlan> {
        outlook?;
        self.problems(is_taken, outlook).is_empty().then(|| self.as_typed(outlook))
    }

    /// The plan of the fields, where those that make no sense are left at their usual values.
    fn as_typed(&self, outlook: Option<&AuditOutlook>) -> AuditPlan {
        let mut plan = AuditPlan::new(&self.name, self.seed.trim(), self.rows_to_draw(outlook).unwrap_or(1));
        match &self.scope {
            AuditScope::All => {}
            AuditScope::Split(name) => plan.split = Some(name.clone()),
            AuditScope::Found(search, _) => plan.filter = Some(search.clone()),
        }
        plan.level = percent(&self.level).unwrap_or(plan.level);
        plan.annotators = self.names();
        if plan.annotators.len() > 1 {
            plan.overlap = percent(&self.overlap).unwrap_or_default();
        }
        plan.blind = self.blind;
        self.more.enter_into(&mut plan);
        let below = self.limit().zip(self.allowed()).filter(|_| self.asks_below);
        plan.below = below.map(|(limit, allowed)| Below { limit, allowed });
        plan
    }

    /// The errors, by field. `is_taken`: whether an audit has the name already.
    pub(crate) fn problems(&self, is_taken: bool, outlook: Option<&AuditOutlook>) -> Vec<(AuditField, String)> {
        let mut problems = Vec::new();
        let mut add = |field, words: String| problems.push((field, words));
        if is_taken {
            add(AuditField::Name, PlanError::Taken(self.name.trim().to_owned()).to_string());
        }
        if percent(&self.level).is_none() {
            add(AuditField::Level, "a level is a percentage, such as 95".to_owned());
        }
        if self.asks_below && self.limit().is_none() {
            add(AuditField::Limit, "a limit is a percentage above 0, such as 1".to_owned());
        }
        if self.asks_below && self.allowed().is_none() {
            add(AuditField::Allowed, "that is a number of rows, such as 0".to_owned());
        }
        if self.names().len() > 1 && percent(&self.overlap).is_none() {
            add(AuditField::Overlap, "an overlap is a percentage from 0 to 100".to_owned());
        }
        let plan = self.as_typed(outlook);
        for error in all_errors(&plan) {
            let field = match error {
                PlanError::Name | PlanError::Taken(_) => AuditField::Name,
                PlanError::Seed => AuditField::Seed,
                PlanError::Level => AuditField::Level,
                PlanError::Overlap => AuditField::Overlap,
                PlanError::Annotators | PlanError::AnnotatorRole(_) | PlanError::Guideline => AuditField::Annotators,
                PlanError::Nothing => AuditField::Scope,
                PlanError::Repeats => AuditField::Repeats,
                PlanError::Limit => AuditField::Limit,
                PlanError::Rows { .. }
                | PlanError::Below { .. }
                | PlanError::FewForBands { .. }
                | PlanError::FewForLimit { .. }
                | PlanError::FewToShow { .. }
                | PlanError::NoWord(_)
                | PlanError::First { .. }
                | PlanError::NothingRanked
                | PlanError::LimitBySuspicion
                | PlanError::Gold { .. }
                | PlanError::GoldTiles { .. }
                | PlanError::FewToAccept { .. }
                | PlanError::Acceptance { .. } => AuditField::Rows,
                PlanError::SaysRelevant(_) => AuditField::Set,
                PlanError::Word { .. } | PlanError::NoTile(_) => AuditField::TileRule,
            };
            // The window asks for percent.
            let words = match error {
                PlanError::Level => "a level is a percentage between 0 and 100, such as 95".to_owned(),
                error => error.to_string(),
            };
            add(field, words);
        }
        if let AuditScope::Found(search, _) = &self.scope
            && self.called_relevant
            && self.more.accepts
            && !self.more.accepts_tiles
        {
            add(AuditField::Set, PlanError::SaysRelevant(search.clone()).to_string());
        }
        if !self.asks_below && !self.more.accepts && self.rows_to_draw(outlook).is_none() {
            problems.push((AuditField::Rows, format!("“{}” is not a number of rows", self.rows.trim())));
        }
        problems.extend(self.more.problems(self.rows_to_draw(outlook)));
        if let Some(outlook) = outlook {
            problems.extend(self.problem_of_rows(outlook));
        }
        problems
    }

    /// The error in the number of rows.
    fn problem_of_rows(&self, outlook: &AuditOutlook) -> Option<(AuditField, String)> {
        let population = outlook.population;
        if let (Some(rule), 0) = (self.more.tiles(), population) {
            let reason = outlook.no_tiles.clone().unwrap_or_else(|| PlanError::NoTile(rule.to_string()).to_string());
            return Some((AuditField::TileRule, reason));
        }
        if population == 0 {
            return Some((AuditField::Scope, PlanError::Nothing.to_string()));
        }
        if let (true, Some(allowed), None) =
            (self.more.accepts, self.more.allowed_wrong(), self.rows_to_draw(Some(outlook)))
        {
            return Some((AuditField::AllowedWrong, PlanError::Acceptance { population, allowed }.to_string()));
        }
        match (self.asks_below, self.rows_to_draw(Some(outlook))) {
            (true, None) => {
                let (_, allowed) = self.limit().zip(self.allowed())?;
                Some((AuditField::Limit, PlanError::Below { population, allowed }.to_string()))
            }
            (false, None) => None,
            (_, Some(wanted)) if wanted == 0 || wanted > population => {
                Some((AuditField::Rows, PlanError::Rows { wanted, population }.to_string()))
            }
            (_, Some(_)) => None,
        }
    }
}

/// The errors of a plan, field by field: the check of a whole plan ends at the first one.
fn all_errors(plan: &AuditPlan) -> Vec<PlanError> {
    let changed = |change: &dyn Fn(&mut AuditPlan)| {
        let mut usual = AuditPlan::new("audit", "1", 1);
        change(&mut usual);
        usual
    };
    let one_each = [
        changed(&|one| one.name.clone_from(&plan.name)),
        changed(&|one| one.seed.clone_from(&plan.seed)),
        changed(&|one| one.level = plan.level),
        changed(&|one| one.annotators.clone_from(&plan.annotators)),
    ];
    let mut errors: Vec<PlanError> = one_each.iter().filter_map(|plan| plan.check().err()).collect();
    if errors.is_empty() {
        errors.extend(plan.check().err());
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlook() -> AuditOutlook {
        AuditOutlook {
            population: 1000,
            no_tiles: None,
            sizes: Vec::new(),
            below: vec![(0, Some(258)), (9, None)],
            accept: vec![(0, Some(57)), (9, None)],
        }
    }

    #[test]
    fn fields_become_the_plan_of_the_command() {
        let mut fields = AuditFields::new(" spring ".to_owned(), 400);
        fields.seed = "7".to_owned();
        fields.annotators = "ada, bo,".to_owned();
        fields.scope = AuditScope::Split("train".to_owned());
        let mut expected = AuditPlan::new("spring", "7", 400);
        expected.split = Some("train".to_owned());
        (expected.annotators, expected.overlap) = (vec!["ada".to_owned(), "bo".to_owned()], 0.2);
        assert_eq!(fields.plan(false, Some(&outlook())), Some(expected.clone()));
        assert_eq!(fields.plan(false, None), None, "the rows are not counted yet");
        fields.more.accepts = true;
        let accepting = fields.plan(false, Some(&outlook())).unwrap();
        assert_eq!((accepting.rows, accepting.acceptance.map(|accept| accept.allowed)), (57, Some(0)));
        fields.more.accepts = false;
        fields.asks_below = true;
        (expected.rows, expected.below) = (258, Some(Below { limit: 0.01, allowed: 0 }));
        assert_eq!(fields.plan(false, Some(&outlook())), Some(expected));
    }

    #[test]
    fn all_errors_are_said_at_once() {
        let mut fields = AuditFields::new(String::new(), 400);
        fields.seed = " ".into();
        fields.level = "100".into();
        fields.annotators = "ada, ada".into();
        fields.overlap = "x".into();
        fields.rows = "many".into();
        fields.more.gold = "some".into();
        for outlook in [None, Some(&outlook())] {
            let found: Vec<AuditField> = fields.problems(false, outlook).into_iter().map(|(field, _)| field).collect();
            let expected = [
                AuditField::Overlap,
                AuditField::Name,
                AuditField::Seed,
                AuditField::Level,
                AuditField::Annotators,
                AuditField::Rows,
                AuditField::Gold,
            ];
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn every_error_is_said_of_its_field() {
        let check = |change: fn(&mut AuditFields), taken: bool, expected: AuditField| {
            let mut fields = AuditFields::new("spring".to_owned(), 400);
            change(&mut fields);
            let problems = fields.problems(taken, Some(&outlook()));
            assert_eq!(problems.first().map(|(field, _)| *field), Some(expected), "{problems:?}");
            assert_eq!(fields.plan(taken, Some(&outlook())), None);
        };
        check(|_| {}, true, AuditField::Name);
        check(|fields| fields.name.clear(), false, AuditField::Name);
        check(|fields| fields.rows = "1001".into(), false, AuditField::Rows);
        check(|fields| fields.rows = "many".into(), false, AuditField::Rows);
        check(|fields| fields.seed = "  ".into(), false, AuditField::Seed);
        check(|fields| fields.level = "100".into(), false, AuditField::Level);
        check(|fields| fields.level = "much".into(), false, AuditField::Level);
        check(|fields| fields.annotators = "ada, ada".into(), false, AuditField::Annotators);
        check(|fields| (fields.annotators, fields.overlap) = ("a,b".into(), "x".into()), false, AuditField::Overlap);
        check(|fields| (fields.asks_below, fields.limit) = (true, "0".into()), false, AuditField::Limit);
        check(|fields| (fields.asks_below, fields.allowed) = (true, "no".into()), false, AuditField::Allowed);
        check(|fields| (fields.asks_below, fields.allowed) = (true, "9".into()), false, AuditField::Limit);
        let refuse = |fields: &mut AuditFields| (fields.more.accepts, fields.more.allowed_wrong) = (true, "9".into());
        check(refuse, false, AuditField::AllowedWrong);
        let opposite = |fields: &mut AuditFields| {
            (fields.more.accepts, fields.called_relevant) = (true, true);
            fields.scope = AuditScope::Found("review:3".into(), Default::default());
        };
        check(opposite, false, AuditField::Set);
        let mut nothing = outlook();
        nothing.population = 0;
        let mut fields = AuditFields::new("spring".to_owned(), 400);
        (fields.more.accepts, fields.more.accepts_tiles) = (true, true);
        let problems = fields.problems(false, Some(&nothing));
        assert_eq!(problems[0].0, AuditField::TileRule, "{problems:?}");
        let problems = AuditFields::new("spring".to_owned(), 400).problems(false, Some(&nothing));
        assert_eq!(problems[0].0, AuditField::Scope);
    }
}
