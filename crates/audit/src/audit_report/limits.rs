//! The limits of what a report shows: fixed sentences.

use super::content::AuditEntry;

/// The sentences for these audits.
pub(super) fn limits(audits: &[AuditEntry]) -> Vec<String> {
    let mut all = Vec::new();
    if audits.iter().all(|audit| audit.status.judged == 0) {
        all.push("Nothing that was drawn at random was judged, so there are counts here and no rates.");
        all.push(
            "The judged rows were chosen by people or by their suspicion; shares of them say nothing about the set.",
        );
        return all.into_iter().map(str::to_owned).collect();
    }
    all.extend([
        "The rates are of what these annotators call relevant or wrong. Other annotators may decide differently.",
        "Only the tiles that rows name were judged. The rates say nothing about tiles that were never retrieved.",
        "An interval covers the chance of the draw, not errors of annotators. Where few rows are affected, a few errors \
of annotators change a rate a lot.",
        "The rates are of the set as it was when its rows were drawn. After a cleaning, they are no longer those of the \
result, which needs an audit of its own.",
        "Several rates are shown, each at its own level. Parts of the draw that the plan does not name are exploratory.",
    ]);
    if audits.iter().any(|audit| audit.status.judged > 0 && !audit.status.finished) {
        all.push(
            "An audit that did not reach its planned number of rows has only the running interval, which is wider and \
holds whenever a person stops.",
        );
    }
    if audits.iter().any(|audit| audit.accepted.is_some()) {
        all.push(
            "Rows or tiles that were accepted at once were not judged one by one. Up to the stated number of them may be wrong.",
        );
    }
    if audits.iter().filter(|audit| audit.status.judged > 0).count() > 1 {
        all.push("There is more than one audit. Quote all of them, not only the one with the lower rate.");
    }
    all.into_iter().map(str::to_owned).collect()
}
