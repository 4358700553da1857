//! Words of the network's libraries that a person may read.

/// Returns a text without addresses, which may be signed.
pub fn without_addresses(text: &str) -> String {
    let words = text.split(' ').map(|word| if word.contains("://") { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_left_out_of_words() {
        assert_eq!(without_addresses("failed: https://cdn/x?X-Amz-Signature=abc after 3"), "failed: … after 3");
    }
}
