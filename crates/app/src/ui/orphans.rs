//! Judged samples that are no longer in the dataset: their former rows and their judgements.

use egui::{Context, Id, Modal, RichText};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::orphans::Orphan;

use super::{AppAction, UiAction};
use crate::icons;

const LINE: f32 = 24.0;

pub(crate) fn show(ctx: &Context, orphans: &[Orphan], actions: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.8;
    let modal = Modal::new(Id::unique("orphans")).show(ctx, |ui| {
        ui.set_width(size.x.min(1000.0));
        super::title(ui, "Orphaned judgements", actions);
        if orphans.is_empty() {
            ui.label("No orphaned judgements: every judged row is in the dataset.");
            return;
        }
        ui.horizontal(|ui| {
            if ui.button(format!("{} Copy all", icons::COPY)).accessible_name("Copy all").clicked() {
                ui.ctx().copy_text(orphans.iter().map(line).collect::<Vec<_>>().join("\n"));
            }
            ui.label(RichText::new("Their rows were removed, or their query or positive changed. The judgements are kept and count again if the rows return.").weak());
        });
        ui.separator();
        let room = (size.y - 130.0).max(120.0);
        let table = TableBuilder::new(ui)
            .striped(true)
            .column(Column::exact(130.0))
            .column(Column::remainder().at_least(160.0).clip(true))
            .column(Column::initial(260.0).clip(true).resizable(true))
            .column(Column::initial(220.0).clip(true).resizable(true))
            .min_scrolled_height(room)
            .max_scroll_height(room)
            .auto_shrink([false, true]);
        let header = table.header(LINE, |mut row| {
            for name in ["Former row", "Query", "Positive", "Judgement"] {
                row.col(|ui| _ = ui.strong(name));
            }
        });
        header.body(|body| {
            body.rows(LINE, orphans.len(), |mut row| {
                let Some(orphan) = orphans.get(row.index()) else { return };
                for text in cells(orphan) {
                    row.col(|ui| _ = ui.add(egui::Label::new(text).truncate()));
                }
            });
        });
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn cells(orphan: &Orphan) -> [String; 4] {
    let [place, query, positive] = match &orphan.was {
        Some(was) => [format!("{} line {}", was.split, was.line), was.query.clone(), was.positive.clone()],
        None => ["unknown".to_owned(), format!("row {}", orphan.key), String::new()],
    };
    [place, query, positive, orphan.judgement.clone()]
}

fn line(orphan: &Orphan) -> String {
    cells(orphan).map(|cell| cell.replace(['\t', '\n', '\r'], " ")).join("\t")
}
