//! The widths of the queue, the tiles and the panels beside them. The tiles come first: where they
//! would become too small to read, the queue gets narrower, then folds to a rail, and at last the
//! panels lie over the tiles when they are asked for. Computes only.

use super::QUEUE_AT_LEAST;
use crate::settings::panels::PANEL_WIDTHS;
use crate::ui::dock::RAIL;

/// The least width of the tiles in points while a panel is beside them.
pub(super) const STAGE_AT_LEAST: f32 = 900.0;
/// The least width of the panes of the reading view in points while a panel is beside them: two
/// tiles of the usual width at 0.7 points a pixel.
pub(super) const PANES_AT_LEAST: f32 = 1240.0;
/// The least width of two panes in points beside panels that were asked for in a narrow window: two
/// tiles of the usual width at 0.5 points a pixel, where text can still be read.
const PANES_SQUEEZED: f32 = 900.0;
/// The least width of the tiles in points beside the queue alone.
const STAGE_BESIDE_QUEUE: f32 = 640.0;

/// The wanted widths, in points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The whole width.
    pub(super) room: f32,
    /// The width of the queue, if it is open.
    pub(super) queue: Option<f32>,
    /// The width of the panels, if any shows more than its name.
    pub(super) panels: Option<f32>,
    /// Whether the names of panels need a rail.
    pub(super) rail: bool,
    /// The least width of the tiles beside the panels.
    pub(super) stage: f32,
}

/// The place of the queue or of the panels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum SidePlace {
    /// Closed.
    #[default]
    Closed,
    /// Beside the tiles, at most this wide in points.
    Beside(f32),
    /// Folded to a rail; the content lies over the tiles when it is asked for.
    Rail,
}

/// The places of the queue and of the panels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Arrangement {
    pub(super) queue: SidePlace,
    pub(super) panels: SidePlace,
}

/// Returns the arrangement in which the tiles keep a readable size.
pub(super) fn arrange(wanted: Wanted) -> Arrangement {
    let panel_rail = if wanted.panels.is_some() || wanted.rail { RAIL } else { 0.0 };
    let queue_beside = |left: f32| match wanted.queue {
        None => SidePlace::Closed,
        Some(_) if left < QUEUE_AT_LEAST => SidePlace::Rail,
        Some(width) => SidePlace::Beside(width.min(left).max(QUEUE_AT_LEAST)),
    };
    if let Some(panels) = wanted.panels {
        let rail = if wanted.queue.is_some() { RAIL } else { 0.0 };
        let left = wanted.room - panels - wanted.stage;
        if left >= rail {
            return Arrangement { queue: queue_beside(left), panels: SidePlace::Beside(panels) };
        }
    }
    let panels = if panel_rail > 0.0 { SidePlace::Rail } else { SidePlace::Closed };
    Arrangement { queue: queue_beside(wanted.room - panel_rail - STAGE_BESIDE_QUEUE), panels }
}

/// Returns the width of panels beside two panes in a window that has no room for both at their full
/// size: the panes get narrower before a panel covers one of them. `None` if they would become too
/// small to read. `left` is the width for both.
pub(super) fn beside_panes(left: f32, panels: f32) -> Option<f32> {
    let width = panels.min(left - PANES_SQUEEZED);
    (width >= *PANEL_WIDTHS.start()).then_some(width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(room: f32, panels: Option<f32>) -> Arrangement {
        arrange(Wanted { room, queue: Some(320.0), panels, rail: false, stage: STAGE_AT_LEAST })
    }

    #[test]
    fn a_wide_window_has_room_for_both() {
        let both = Arrangement { queue: SidePlace::Beside(320.0), panels: SidePlace::Beside(300.0) };
        assert_eq!(at(1600.0, Some(300.0)), both);
    }

    #[test]
    fn the_queue_gives_way_before_the_tiles() {
        assert_eq!(at(1400.0, Some(300.0)).queue, SidePlace::Beside(200.0));
        let folded = Arrangement { queue: SidePlace::Rail, panels: SidePlace::Beside(300.0) };
        assert_eq!(at(1280.0, Some(300.0)), folded);
    }

    #[test]
    fn panes_get_narrower_before_a_panel_covers_one() {
        assert_eq!(beside_panes(1220.0, 300.0), Some(300.0));
        let least = *PANEL_WIDTHS.start();
        assert_eq!(beside_panes(900.0 + least, 300.0), Some(least), "the panel gives way, too");
        assert_eq!(beside_panes(899.0 + least, 300.0), None);
    }

    #[test]
    fn in_a_narrow_window_panels_lie_over_the_tiles() {
        let over = Arrangement { queue: SidePlace::Beside(320.0), panels: SidePlace::Rail };
        assert_eq!(at(1024.0, Some(300.0)), over);
        let narrow = Arrangement { queue: SidePlace::Rail, panels: SidePlace::Rail };
        assert_eq!(at(640.0, Some(300.0)), narrow);
        assert_eq!(at(640.0, None), Arrangement { queue: SidePlace::Rail, panels: SidePlace::Closed });
    }
}
