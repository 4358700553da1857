//! The files in which the AWS CLI keeps profiles: `config` and `credentials`. Parses texts only.

use std::collections::BTreeMap;

/// Settings by which a profile gets its credentials from elsewhere than the files.
const FROM_ELSEWHERE: [&str; 6] =
    ["credential_process", "credential_source", "login_session", "role_arn", "sso_session", "sso_start_url"];

/// The settings of one profile.
pub(super) struct Profile(BTreeMap<String, String>);

impl Profile {
    /// The profile in the two files; `None` if neither has it.
    pub(super) fn find(name: &str, config: Option<&str>, credentials: Option<&str>) -> Option<Self> {
        let in_config = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        let mut found = config.and_then(|text| section(text, &in_config));
        if let Some(own) = credentials.and_then(|text| section(text, name)) {
            found.get_or_insert_default().extend(own);
        }
        found.map(Self)
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether credentials come from a login, a role or a program.
    pub(super) fn needs_command_line(&self) -> bool {
        FROM_ELSEWHERE.iter().any(|key| self.get(key).is_some())
    }
}

/// The settings of a section. Indented lines belong to the setting above them and are left out.
fn section(text: &str, wanted: &str) -> Option<BTreeMap<String, String>> {
    let mut found: Option<BTreeMap<String, String>> = None;
    let mut inside = false;
    for line in text.lines() {
        if let Some(title) = line.trim_end().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            // The AWS CLI allows more than one blank, and quotes, in `profile NAME`.
            let words = title.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
            inside = words.collect::<Vec<_>>().join(" ") == wanted;
            if inside {
                found.get_or_insert_default();
            }
        } else if inside
            && !line.starts_with([' ', '\t', '#', ';'])
            && let (Some((key, value)), Some(found)) = (line.split_once('='), &mut found)
        {
            found.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const CONFIG: &str = "[default]\nregion = us-west-2\n[profile  \"team a\"]\nsso_session = s\ns3 =\n  \
                          endpoint_url = nested\n# region = comment\nregion=eu-west-1\n[sso-session s]\nregion = x\n";

    #[test]
    fn a_profile_has_the_settings_of_both_files() {
        let credentials = "[default]\naws_access_key_id = K\n";
        let default = Profile::find("default", Some(CONFIG), Some(credentials)).unwrap();
        assert_eq!((default.get("region"), default.get("aws_access_key_id")), (Some("us-west-2"), Some("K")));
        assert!(!default.needs_command_line());
        let team = Profile::find("team a", Some(CONFIG), Some(credentials)).unwrap();
        assert_eq!((team.get("region"), team.get("endpoint_url")), (Some("eu-west-1"), None));
        assert!(team.needs_command_line());
        assert!(Profile::find("other", Some(CONFIG), Some(credentials)).is_none());
    }
}
