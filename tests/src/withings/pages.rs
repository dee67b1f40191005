//! The pages that a person sees.

use axum::response::Html;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:16px sans-serif;max-width:24em;margin:4em auto}}label,button{{display:block;\
         margin:.5em 0;font:inherit}}</style></head><body>{body}</body></html>"
    ))
}

/// The page that asks who it is and whether the application may read.
pub(super) fn authorize(request: &str, choices: &[(i64, String)]) -> Html<String> {
    let person = |(index, (userid, name)): (usize, &(i64, String))| {
        let checked = if index == 0 { " checked" } else { "" };
        let name = escape(name);
        format!(
            "<label><input type=\"radio\" name=\"selecteduser\" value=\"{userid}\"{checked}> {name}</label>"
        )
    };
    let persons: Vec<String> = choices.iter().enumerate().map(person).collect();
    let persons = persons.concat();
    page(
        "Allow access",
        &format!(
            "<h1>Allow this app?</h1><p>Simulated Withings. It wants to read your measurements.</p>\
             <form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"request\" value=\"{request}\">{persons}\
             <button type=\"submit\" name=\"authorized\" value=\"1\">Allow this app</button>\
             <button type=\"submit\" name=\"authorized\" value=\"0\">Refuse</button></form>",
            super::authorize::PATH
        ),
    )
}

/// The page after the link between a person and an application was cut.
pub(super) fn disconnected(found: bool) -> Html<String> {
    let words = if found { "The app is no longer linked." } else { "The app was not linked." };
    page("Linked apps", &format!("<h1>Linked apps</h1><p>{words}</p>"))
}
