// What a screen reader would find: the elements of a role (or of any, where it is "") that have this name and can be
// seen. "Name*" is the beginning of a name, "*name*" a part of it. Called by WebDriver with (role, name), after names.js.
const [wantedRole, wantedName] = arguments;
const candidates = [...document.querySelectorAll('*')].filter((it) => {
  const role = roleOf(it);
  if (wantedRole === '' ? !role : role !== wantedRole && !(wantedRole === 'textbox' && role === 'searchbox'))
    return false;
  // A radio or checkbox may be drawn by its label instead.
  return shown(it) || [...(it.labels ?? [])].some(shown);
});
const part = wantedName.replaceAll('*', '');
const fits = wantedName.startsWith('*')
  ? (name) => name.includes(part)
  : wantedName.endsWith('*')
    ? (name) => name.startsWith(part)
    : (name) => name === wantedName;
const found = candidates.filter((it) => fits(nameOf(it)));
// A box or a dot is often drawn by its label, and a person clicks that as well.
return found.map((it) => (['radio', 'checkbox'].includes(it.type) ? ([...it.labels].find(shown) ?? it) : it));
