//! Languages by the codes of Tesseract, and the scripts of texts.

use std::fmt;
use std::str::FromStr;

/// A language by its Tesseract code: three letters of ISO 639-2, possibly with a variant, such as
/// `eng`, `chi_sim` or `script/Latin`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(Box<str>);

impl Language {
    /// Returns the code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Returns the Debian package that adds the language to Tesseract.
    pub fn package(&self) -> String {
        let (prefix, name) = self.0.split_once('/').map_or(("", &*self.0), |(_, script)| ("script-", script));
        // Codes of script files have four letters in package names: `script/Latin` is `latn`.
        let name = match name {
            "Latin" => "latn",
            "Cyrillic" => "cyrl",
            "Greek" => "grek",
            "Arabic" => "arab",
            "Japanese" => "jpan",
            "Hangul" => "hang",
            "HanS" => "hans",
            "HanT" => "hant",
            name => name,
        };
        format!("tesseract-ocr-{prefix}{}", name.replace('_', "-"))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let valid = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let name = code.strip_prefix("script/").unwrap_or(code);
        if name.is_empty() || !name.chars().all(valid) {
            return Err(format!("“{code}” is not the code of a language, such as eng, deu or chi_sim"));
        }
        Ok(Self(code.into()))
    }
}

/// Returns the language of a text of some length, as Tesseract names it; `None` if that is not
/// certain.
pub fn language_of(text: &str) -> Option<Language> {
    let found = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    let code = match found.lang() {
        // The codes of ISO 639-3 differ in these.
        whatlang::Lang::Cmn => "chi_sim",
        whatlang::Lang::Pes => "fas",
        whatlang::Lang::Nob => "nor",
        whatlang::Lang::Lav => "lav",
        lang => lang.code(),
    };
    Some(Language(code.into()))
}

/// A writing system, as far as it decides which language reads a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Script {
    /// English and most languages of Europe.
    Latin,
    /// Russian and others.
    Cyrillic,
    /// Greek.
    Greek,
    /// Arabic and others.
    Arabic,
    /// Hebrew.
    Hebrew,
    /// Hindi and others.
    Devanagari,
    /// Thai.
    Thai,
    /// Korean.
    Hangul,
    /// Japanese: at least one kana.
    Japanese,
    /// Chinese: Han signs without kana.
    Han,
}

impl Script {
    /// Returns the script with the name that Unicode gives it, such as `Cyrillic`.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "Latin" => Self::Latin,
            "Cyrillic" => Self::Cyrillic,
            "Greek" => Self::Greek,
            "Arabic" => Self::Arabic,
            "Hebrew" => Self::Hebrew,
            "Devanagari" => Self::Devanagari,
            "Thai" => Self::Thai,
            "Hangul" | "Korean" => Self::Hangul,
            "Japanese" | "Hiragana" | "Katakana" => Self::Japanese,
            "Han" => Self::Han,
            _ => return None,
        })
    }

    /// Returns the language to read texts of this script with, if nothing else is known.
    pub fn usual_language(self) -> Language {
        let code = match self {
            Self::Latin => "eng",
            Self::Cyrillic => "rus",
            Self::Greek => "ell",
            Self::Arabic => "ara",
            Self::Hebrew => "heb",
            Self::Devanagari => "hin",
            Self::Thai => "tha",
            Self::Hangul => "kor",
            Self::Japanese => "jpn",
            Self::Han => "chi_sim",
        };
        Language(code.into())
    }
}

/// Returns the script of most letters of a text; `None` without letters. Any kana makes Han signs
/// Japanese.
pub fn script_of(text: &str) -> Option<Script> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for script in text.chars().filter_map(script_of_letter) {
        match counts.iter_mut().find(|(counted, _)| *counted == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    let kana = counts.iter().any(|(script, _)| *script == Script::Japanese);
    // A letter of a script without alphabet counts like about three others.
    let weight = |script: Script, count: usize| match script {
        Script::Han | Script::Japanese => 3 * count,
        _ => count,
    };
    let most = counts.into_iter().max_by_key(|(script, count)| weight(*script, *count));
    most.map(|(script, _)| if script == Script::Han && kana { Script::Japanese } else { script })
}

fn script_of_letter(letter: char) -> Option<Script> {
    Some(match letter {
        'a'..='z' | 'A'..='Z' | 'À'..='ɏ' => Script::Latin,
        'Ͱ'..='Ͽ' | 'ἀ'..='῿' => Script::Greek,
        'Ѐ'..='ԯ' => Script::Cyrillic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' => Script::Arabic,
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => Script::Hangul,
        '\u{3040}'..='\u{30ff}' => Script::Japanese,
        '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{2ffff}' => Script::Han,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_those_of_most_letters() {
        assert_eq!(script_of("What is DNS에?"), Some(Script::Latin));
        assert_eq!(script_of("протяжённость Транссибирской магистрали"), Some(Script::Cyrillic));
        assert_eq!(script_of("明石海峡大橋 の NTP"), Some(Script::Japanese));
        assert_eq!(script_of("明石海峡大橋"), Some(Script::Han));
        assert_eq!(script_of("801 °?"), None);
    }

    #[test]
    fn finds_the_language_of_sentences() {
        let code = |text: &str| language_of(text).map(|language| language.code().to_owned());
        assert_eq!(
            code("Die Brücke wurde im Jahr 1998 eröffnet und ist die längste des Landes.").as_deref(),
            Some("deu")
        );
        assert_eq!(code("Le pont a été ouvert en 1998 et reste le plus long du pays.").as_deref(), Some("fra"));
        assert_eq!(code("5"), None);
    }

    #[test]
    fn languages_name_their_package() {
        let package = |code: &str| code.parse::<Language>().map(|language| language.package());
        assert_eq!(package("jpn").as_deref(), Ok("tesseract-ocr-jpn"));
        assert_eq!(package("chi_sim").as_deref(), Ok("tesseract-ocr-chi-sim"));
        assert_eq!(package("script/Latin").as_deref(), Ok("tesseract-ocr-script-latn"));
        for code in ["", "eng deu", "eng+deu", "../eng", "-l", "script/"] {
            assert!(package(code).is_err(), "{code}");
        }
    }
}
