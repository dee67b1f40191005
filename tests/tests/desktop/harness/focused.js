// Role and name of what has the focus, or of the page where nothing has it.
const it = document.activeElement ?? document.body;
const implied = { A: "link", BUTTON: "button", SELECT: "combobox", TEXTAREA: "textbox", SUMMARY: "button" };
const role = it.getAttribute("role") || (it.tagName === "INPUT" ? it.type : implied[it.tagName]) || it.tagName.toLowerCase();
const by = it.getAttribute("aria-labelledby");
const name = by
  ? by.split(/\s+/).map((id) => document.getElementById(id)?.innerText ?? "").join(" ")
  : (it.getAttribute("aria-label") ?? it.labels?.[0]?.innerText ?? it.innerText ?? "");
return [role, name.replace(/\s+/g, " ").trim()];
