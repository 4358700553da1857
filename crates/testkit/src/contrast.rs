//! The contrast of colours, as a measure that no crate of the program computes.

/// The contrast ratio of two colours in sRGB, from 1 to 21, by WCAG 2.1.
pub fn ratio(colours: [[u8; 3]; 2]) -> f32 {
    let [a, b] = colours.map(luminance);
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The relative luminance of a colour, from 0 to 1.
fn luminance(colour: [u8; 3]) -> f32 {
    let [r, g, b] = colour.map(|channel| {
        let value = f32::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}
