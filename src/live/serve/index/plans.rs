//! What questions mean, and what days have to count to answer them.

use super::views::Key;
use super::{Index, Refusal};
use crate::engine::{Plan, Snapshot};
use crate::event::Timestamp;
use crate::live::serve::Question;
use crate::report::{Options, REPORTS, ReportEntry};

/// Rows of lists that states of days have room for.
const ROWS: usize = 50;

/// Calls of one token that states of days have room for.
const CALLS: usize = 1000;

impl Index {
    /// What is counted day by day for a view.
    pub(super) fn view_plan(&self, key: &Key) -> Result<Plan, Refusal> {
        let counted = |report: &&ReportEntry| match (&key.token, key.who.owner()) {
            (None, None) => report.info.name != "explain",
            _ => report.info.owned,
        };
        let question = Question {
            only: key.only.clone(),
            token: key.token.clone(),
            reports: REPORTS.iter().filter(counted).collect(),
            limit: if key.token.is_some() { CALLS } else { ROWS },
            ..Question::of(key.who.clone())
        };
        let mut plan = self.plan(&question)?;
        (plan.options.as_of, plan.options.as_of_moves) = (self.as_of, true);
        Ok(plan)
    }

    /// The time that answers are of: that of the states, or a full minute after it.
    pub(super) fn now(&self) -> Timestamp {
        let now = Timestamp::now().seconds();
        let minute = Timestamp::new(now - now.rem_euclid(60), 0);
        minute.unwrap_or(self.as_of).max(self.as_of)
    }

    pub(super) fn plan(&self, question: &Question) -> Result<Plan, Refusal> {
        let settings = &self.settings;
        let mut filter = question
            .filter()
            .map_err(|(name, what)| Refusal::Fault(format!("{name}: {what}")))?;
        filter.within(question.window(settings.zone));
        Ok(Plan {
            reports: question.reports.clone(),
            options: Options {
                every: question.every,
                zone: settings.zone,
                memory_limit: settings.memory_limit,
                top: question.top,
                limit: question.limit,
                page: question.page,
                token: question.token.clone(),
                owner: question.who.owner().map(str::to_owned),
                reuse_grace: settings.reuse_grace,
                as_of: self.now(),
                ..Options::default()
            },
            filter,
            audience: question.who.audience(),
            reading: settings.reading.clone(),
            threads: settings.threads,
        })
    }
}

/// Whether days have room for what is asked of a report.
pub(super) fn is_of_days(report: &ReportEntry, question: &Question) -> bool {
    match (report.info.name, &question.token) {
        ("explain", _) => false,
        ("timeline", _) => Snapshot::tells(question.every),
        ("usage", Some(_)) => question.page.saturating_mul(question.limit) <= CALLS,
        ("activity" | "security", _) => question.limit <= ROWS,
        _ => true,
    }
}
