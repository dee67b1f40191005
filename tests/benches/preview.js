// Clicks on a row of the list and answers how long it took until the charts were drawn. Called by WebDriver with
// (beginning of the title, which of the rows with it, done).
const [title, number, done] = arguments;
const rows = () =>
  [...document.querySelectorAll('[role="option"], [role="row"], [role="listitem"], li, button')]
    .filter(
      (it) =>
        it.textContent.trim().startsWith(title) ||
        [...it.querySelectorAll('*')].some(
          (inner) => inner.childElementCount === 0 && inner.textContent.trim().startsWith(title),
        ),
    )
    .filter((it, at, all) => !all.some((other) => other !== it && it.contains(other)))
    .filter((it) => it.getBoundingClientRect().height > 0);
const row = rows()[number];
const drawn = () => {
  const charts = [...document.querySelectorAll('canvas')].filter(
    (it) => it.width > 0 && it.getBoundingClientRect().height > 20,
  );
  return charts.length >= 3 &&
    charts.every((it) =>
      it
        .getContext('2d')
        .getImageData(0, 0, it.width, it.height)
        .data.some((byte) => byte !== 0),
    )
    ? charts
    : null;
};
if (row === undefined) {
  done(`no row ${number}`);
} else {
  const before = new Set(document.querySelectorAll('canvas'));
  const begin = performance.now();
  row.click();
  const look = () => {
    const charts = drawn();
    if (charts !== null && charts.every((it) => !before.has(it))) return done(performance.now() - begin);
    if (performance.now() - begin > 10_000) return done(`${document.querySelectorAll('canvas').length} canvases`);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
