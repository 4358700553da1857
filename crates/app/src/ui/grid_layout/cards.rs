//! The cards of an arrangement: where each is, and how much of the free room its text and its
//! picture take. Decides nothing about the arrangement.

use egui::{Rect, pos2, vec2};

use super::{Arrangement, Place, Tiles, column_width, next_column};
use crate::theme::GAP;
use crate::ui::card::{Card, TEXT_ROW};

/// The most rows of text that are added where the height is free.
const MORE_TEXT: usize = 3;

impl Tiles {
    /// The cards of an arrangement.
    pub(super) fn cards(&self, found: &Arrangement, area: Rect) -> Vec<Card> {
        if self.negatives() == 0 {
            return vec![Card { rect: area, text_rows: self.text_rows + 1 }];
        }
        // Free height goes to the text first, but tiles that are cut off have more use of it.
        let most = if self.cuts_off() { 0 } else { MORE_TEXT };
        let rows = (0..=most).rev().map(|more| self.text_rows + more);
        let fitting = rows.filter(|_| !found.scrolls).find_map(|rows| {
            let cards = self.placed(found, area, rows);
            cards.iter().all(|card| card.rect.max.y <= area.max.y + 0.5).then_some(cards)
        });
        let mut cards = fitting.unwrap_or_else(|| self.placed(found, area, self.text_rows));
        if self.is_zoomed && !found.scrolls {
            self.fill(found, &mut cards, area);
        } else if self.fills_width && !found.scrolls {
            self.stretch(&mut cards, area);
        } else if !found.scrolls {
            self.add_text(&mut cards, area);
        }
        cards
    }

    /// Gives free height of columns to the text of their cards, up to as many rows as cards would
    /// get that all have room for them.
    fn add_text(&self, cards: &mut [Card], area: Rect) {
        // In a very low area there is no text.
        let most = if self.text_rows == 0 { 0 } else { self.text_rows + MORE_TEXT };
        for column in columns_of(cards) {
            let bottom = column.iter().map(|at| cards[*at].rect.max.y).fold(area.min.y, f32::max);
            let rows = ((area.max.y - bottom) / (column.len() as f32 * TEXT_ROW)).max(0.0) as usize;
            let mut moved = 0.0;
            for at in column {
                let card = &mut cards[at];
                let more = rows.min(most.saturating_sub(card.text_rows));
                let height = more as f32 * TEXT_ROW;
                card.text_rows += more;
                card.rect = card.rect.translate(vec2(0.0, moved));
                card.rect.max.y += height;
                moved += height;
            }
        }
    }

    /// Whether tiles may be cut off by their cards.
    fn cuts_off(&self) -> bool {
        self.fills_width || self.is_zoomed
    }

    /// The cards with so many rows of text, each as high as its content.
    fn placed(&self, found: &Arrangement, area: Rect, text_rows: usize) -> Vec<Card> {
        let around = Card::around_picture(text_rows);
        let heights = self.heights(found.negative, found.part, around.y);
        let own = |rows: usize| {
            let aspect = self.aspects.first().copied().unwrap_or(1.0);
            (aspect * found.positive * found.part).round() + Card::around_picture(rows).y
        };
        // A tile that fills its card would be cut off more if the card were wider.
        let area = if self.fills_width { self.narrowed(found, area) } else { area };
        let (mut min, mut bottoms, width) = (area.min, vec![0.0; found.columns], area.width());
        let mut positive_rows = text_rows;
        let positive = match found.place {
            Place::Beside => {
                // Free width is shared evenly.
                let used = found.positive + around.x + found.columns as f32 * (found.negative + around.x + GAP);
                let share = (width - used).max(0.0) / (found.columns + 1) as f32;
                let most = if self.cuts_off() { text_rows } else { self.text_rows + MORE_TEXT };
                let rows = (text_rows..=most).rev().find(|rows| own(*rows) <= area.height());
                positive_rows = rows.unwrap_or(text_rows);
                vec2(found.positive + around.x + share, own(positive_rows))
            }
            Place::Above if self.fills_width => vec2(found.positive + around.x, own(text_rows)),
            Place::Above => vec2(width, own(text_rows)),
            Place::Among(wide) => {
                let column = column_width(width, found.columns);
                vec2(wide as f32 * (column + GAP) - GAP, own(text_rows))
            }
        };
        match found.place {
            Place::Beside => min.x += positive.x + GAP,
            Place::Above => bottoms.fill(positive.y + GAP),
            Place::Among(wide) => bottoms.iter_mut().take(wide).for_each(|bottom| *bottom = positive.y + GAP),
        }
        let column = match found.place {
            Place::Above if self.fills_width => found.negative + around.x,
            _ => column_width(area.max.x - min.x, found.columns),
        };
        let mut cards = vec![Card { rect: Rect::from_min_size(area.min, positive), text_rows: positive_rows }];
        for height in heights {
            let at = next_column(&bottoms, height);
            let min = min + vec2(at as f32 * (column + GAP), bottoms[at]);
            cards.push(Card { rect: Rect::from_min_size(min, vec2(column, height)), text_rows });
            bottoms[at] += height + GAP;
        }
        cards
    }

    /// The middle of the area, as wide as the cards without free width.
    fn narrowed(&self, found: &Arrangement, area: Rect) -> Rect {
        let card = found.negative + self.around.x;
        let columns = found.columns as f32 * (card + GAP) - GAP;
        let width = match found.place {
            Place::Beside => found.positive + self.around.x + GAP + columns,
            Place::Above => columns.max(found.positive + self.around.x),
            Place::Among(_) => columns,
        };
        area.with_min_x(area.min.x + ((area.width() - width) / 2.0).max(0.0).floor())
            .with_max_x(area.max.x - ((area.width() - width) / 2.0).max(0.0).ceil())
    }

    /// Fills the area with the cards of tiles that are zoomed: a card is a window then, as high as
    /// there is room. The positive's goes down to the edge of the area, and cards below it move to
    /// another column, so that it is never the smaller one; all others stay where they were.
    fn fill(&self, found: &Arrangement, cards: &mut [Card], area: Rect) {
        let mut columns = columns_of(cards);
        let Some(positive) = cards.first().map(|card| card.rect) else { return };
        let (mut top, mut bottom) = (area.min.y, area.max.y);
        if found.place == Place::Above {
            // At least as large as the window of a card that has a column for itself.
            let least = |column: &Vec<usize>| {
                let (width, of) = (cards[column[0]].rect.width(), column.len() as f32);
                width * (area.height() - of * GAP) / (of * positive.width() + width)
            };
            let height = columns.iter().map(least).fold(positive.height(), f32::max).ceil();
            bottom = area.min.y + height;
            top = bottom + GAP;
        } else {
            let is_below = |column: &mut Vec<usize>| cards[column[0]].rect.min.x < positive.max.x;
            let moved: Vec<usize> = columns.extract_if(.., is_below).flatten().collect();
            let height = |column: &Vec<usize>| column.iter().map(|at| cards[*at].rect.height() + GAP).sum::<f32>();
            for at in moved {
                let lowest = columns.iter_mut().min_by(|a, b| height(a).total_cmp(&height(b)));
                lowest.into_iter().for_each(|column| column.push(at));
            }
        }
        for mut column in columns {
            let (left, width) = (cards[column[0]].rect.min.x, cards[column[0]].rect.width());
            column.sort_unstable();
            let of = column.len() as f32;
            let room = area.max.y - top - (of - 1.0) * GAP;
            let free = room - column.iter().map(|at| cards[*at].rect.height()).sum::<f32>();
            let mut from = top;
            for at in column {
                let height = if free < 0.0 { room / of } else { cards[at].rect.height() + free / of };
                cards[at].rect = Rect::from_min_size(pos2(left, from), vec2(width, height.floor()));
                from = cards[at].rect.max.y + GAP;
            }
        }
        cards[0].rect.max.y = bottom;
    }

    /// Gives the free height of each column to its cards, as far as they have use of it.
    fn stretch(&self, cards: &mut [Card], area: Rect) {
        let full: Vec<f32> = cards.iter().zip(&self.aspects).map(|(card, aspect)| full_height(card, *aspect)).collect();
        for column in columns_of(cards) {
            let bottom = column.iter().map(|at| cards[*at].rect.max.y).fold(area.min.y, f32::max);
            let share = ((area.max.y - bottom) / column.len() as f32).max(0.0).floor();
            let mut moved = 0.0;
            for at in column {
                let rect = &mut cards[at].rect;
                let more = share.min((full[at] - rect.height()).max(0.0));
                rect.min.y += moved;
                rect.max.y += moved + more;
                moved += more;
            }
        }
        // The positive grows down to the first card below it.
        if let Some((positive, negatives)) = cards.split_first_mut() {
            let own = positive.rect;
            let is_below = |card: &&mut Card| card.rect.min.y >= own.max.y && card.rect.min.x < own.max.x;
            let below = negatives.iter_mut().filter(is_below).map(|card| card.rect.min.y - GAP);
            let bottom = below.fold(area.max.y, f32::min).min(own.min.y + full[0]);
            positive.rect.max.y = bottom.max(own.max.y);
        }
    }
}

/// The negatives' cards by their columns.
fn columns_of(cards: &[Card]) -> Vec<Vec<usize>> {
    let mut columns: Vec<Vec<usize>> = Vec::new();
    for at in 1..cards.len() {
        let left = cards[at].rect.min.x;
        match columns.iter_mut().find(|column| cards[column[0]].rect.min.x == left) {
            Some(column) => column.push(at),
            None => columns.push(vec![at]),
        }
    }
    columns
}

/// The height from which a card whose tile fills its width has no use of more.
fn full_height(card: &Card, aspect: f32) -> f32 {
    let around = Card::around_picture(card.text_rows);
    ((card.rect.width() - around.x) * aspect).ceil() + around.y
}
