// What a screen reader would find: the elements of a role (or of any, where it is "") that have this name and can be
// seen. A name that ends with "*" is the beginning of one. Called by WebDriver with (role, name), after names.js.
const [wantedRole, wantedName] = arguments;
const candidates = [...document.querySelectorAll('*')].filter((it) => {
  const role = roleOf(it);
  if (wantedRole === '' ? !role : role !== wantedRole && !(wantedRole === 'textbox' && role === 'searchbox'))
    return false;
  // A radio or checkbox may be drawn by its label instead.
  return shown(it) || [...(it.labels ?? [])].some(shown);
});
const fits = wantedName.endsWith('*')
  ? (name) => name.startsWith(wantedName.slice(0, -1))
  : (name) => name === wantedName;
const found = candidates.filter((it) => fits(nameOf(it)));
// What is drawn by its label is clicked there.
return found.map((it) => (it.getBoundingClientRect().width > 2 ? it : ([...(it.labels ?? [])].find(shown) ?? it)));
