//! The time from a stored judgement of one annotator to the sidecar of another, where both exchange
//! at once, or where the other waits for the place to announce it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use tilejury_audit::exchange::{Place, sync_through};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{AuditSession, JudgeAction, Sidecar, Verdict, now};
use tilejury_data::SampleIndex;

use super::team::Team;
use super::wait_until;
use crate::series::RepeatedTimes;

/// The number of repeats.
const REPEATS: usize = 20;
/// The longest time that one may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures both, if there are two annotators.
///
/// # Errors
/// If the place or a sidecar fails, or nothing arrives.
pub(super) fn measure(
    team: &Team<'_>,
    place: &mut Place,
    series: &mut RepeatedTimes,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    if team.wanted.annotators < 2 {
        return Ok(());
    }
    let open = |number| Sidecar::open(&team.sidecar_of(number), team.dataset.fingerprint);
    let (mut one, mut other) = (open(0)?, open(1)?);
    let mut session = AuditSession::new(team.dataset.clone(), "latency", &[]);
    for repeat in 0..REPEATS {
        let begun = Instant::now();
        judge(team, &mut one, &mut session, repeat)?;
        series.add("exchange_store", begun.elapsed());
        sync_through(&mut one, place, stop)?;
        let sent = begun.elapsed();
        series.add("exchange_send", sent);
        let received = sync_through(&mut other, place, stop)?.received;
        anyhow::ensure!(received == 1, "{received} changes arrived where one was made");
        series.add("exchange_receive", begun.elapsed() - sent);
        series.add("exchange_latency", begun.elapsed());
    }
    announced(team, place, (&mut one, &mut session), other, series, stop)
}

/// Measures it where the place announces changes.
fn announced(
    team: &Team<'_>,
    place: &mut Place,
    (one, session): (&mut Sidecar, &mut AuditSession),
    mut other: Sidecar,
    series: &mut RepeatedTimes,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    let Some(mut watch) = place.watch()? else { return Ok(()) };
    let (arrived, arrivals) = channel();
    let over = AtomicBool::new(false);
    thread::scope(|scope| -> anyhow::Result<()> {
        let over = &over;
        scope.spawn(move || -> anyhow::Result<()> {
            // Opened again on this thread: a place need not be shared.
            let mut place = super::open(team.with)?;
            while !over.load(Ordering::Relaxed) {
                if watch.wait(Duration::from_secs(1))? && sync_through(&mut other, &mut place, over)?.received > 0 {
                    let _ = arrived.send(Instant::now());
                }
            }
            Ok(())
        });
        let measured = (0..REPEATS).try_for_each(|repeat| -> anyhow::Result<()> {
            let begun = Instant::now();
            judge(team, one, session, REPEATS + repeat)?;
            sync_through(one, place, stop)?;
            let mut at = None;
            wait_until(PATIENCE, stop, || {
                at = arrivals.try_recv().ok();
                at.is_some()
            });
            let at = at.ok_or_else(|| anyhow::anyhow!("a judgement was announced to nobody"))?;
            series.add("exchange_announced", at - begun);
            Ok(())
        });
        over.store(true, Ordering::Relaxed);
        measured
    })
}

/// Stores one judgement.
fn judge(team: &Team<'_>, sidecar: &mut Sidecar, session: &mut AuditSession, turn: usize) -> anyhow::Result<()> {
    let rows = team.dataset.samples.len();
    let verdict = if (turn / rows).is_multiple_of(2) { Verdict::Accept } else { Verdict::Reject };
    let index = SampleIndex::new(turn % rows);
    let made = session.apply(JudgeAction::Verdict(index, Some(verdict)), now());
    let samples: Vec<SampleRecord> = SampleRecord::new(&team.dataset, index).into_iter().collect();
    Ok(sidecar.append(&made.events, &samples, None)?)
}
