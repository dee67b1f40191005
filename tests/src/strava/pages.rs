//! The page that an athlete sees.

use axum::response::Html;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The page that asks who it is and what the application may do.
pub(super) fn authorize(request: &str, athletes: &[(u64, String)], scopes: &[&str]) -> Html<String> {
    let athlete = |(index, (id, name)): (usize, &(u64, String))| {
        let checked = if index == 0 { " checked" } else { "" };
        let name = escape(name);
        format!("<label><input type=\"radio\" name=\"athlete\" value=\"{id}\"{checked}> {name}</label>")
    };
    let scope = |scope: &&str| {
        let needed = if *scope == "read" { " disabled" } else { "" };
        format!(
            "<label><input type=\"checkbox\" name=\"scope\" value=\"{scope}\" checked{needed}> {scope}</label>"
        )
    };
    let athletes: String = athletes.iter().enumerate().map(athlete).collect();
    let scopes: String = scopes.iter().map(scope).collect();
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Authorize</title>\
         <style>body{{font:16px sans-serif;max-width:24em;margin:4em auto}}label,button{{display:block;\
         margin:.5em 0;font:inherit}}</style></head><body><h1>Authorize this app?</h1><p>Simulated Strava.</p>\
         <form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"request\" value=\"{request}\">{athletes}\
         {scopes}<button type=\"submit\" name=\"authorized\" value=\"1\">Authorize</button>\
         <button type=\"submit\" name=\"authorized\" value=\"0\">Cancel</button></form></body></html>",
        super::oauth::AUTHORIZE
    ))
}
