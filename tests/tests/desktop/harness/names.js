// Roles and accessible names, as far as this app's pages need them: what comes before find.js and focused.js.
const implied = {
  A: (it) => (it.hasAttribute('href') ? 'link' : ''),
  BUTTON: () => 'button',
  SUMMARY: () => 'button',
  H1: () => 'heading',
  H2: () => 'heading',
  H3: () => 'heading',
  H4: () => 'heading',
  SELECT: () => 'combobox',
  OPTION: () => 'option',
  TEXTAREA: () => 'textbox',
  DIALOG: () => 'dialog',
  NAV: () => 'navigation',
  MAIN: () => 'main',
  LI: () => 'listitem',
  TR: () => 'row',
  INPUT: (it) =>
    ({ checkbox: 'checkbox', radio: 'radio', submit: 'button', button: 'button', range: 'slider', hidden: '' })[
      it.type
    ] ?? (it.type === 'search' ? 'searchbox' : 'textbox'),
};
const roleOf = (it) => it.getAttribute('role') || implied[it.tagName]?.(it) || '';
const tidy = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const shown = (it) => {
  const style = getComputedStyle(it);
  const box = it.getBoundingClientRect();
  return style.visibility !== 'hidden' && style.display !== 'none' && box.width > 0 && box.height > 0;
};
// Text as it is read: without what is hidden from screen readers.
const spoken = (it) => {
  if (it.nodeType === Node.TEXT_NODE) return it.data;
  if (it.nodeType !== Node.ELEMENT_NODE || it.getAttribute('aria-hidden') === 'true') return '';
  if (it.hasAttribute('aria-label')) return ` ${it.getAttribute('aria-label')} `;
  if (it.tagName === 'IMG' || it.tagName === 'svg') return it.getAttribute('alt') ?? '';
  const inside = [...it.childNodes].map(spoken).join('');
  return getComputedStyle(it).display.startsWith('inline') ? inside : ` ${inside} `;
};
const labelled = (it) =>
  (it.getAttribute('aria-labelledby') ?? '')
    .split(/\s+/)
    .map((id) => document.getElementById(id))
    .map((label) => (label === null ? '' : spoken(label)))
    .join(' ');
const nameOf = (it) =>
  tidy(labelled(it)) ||
  tidy(it.getAttribute('aria-label')) ||
  tidy([...(it.labels ?? [])].map(spoken).join(' ')) ||
  tidy(spoken(it)) ||
  tidy(it.title) ||
  tidy(it.placeholder);
