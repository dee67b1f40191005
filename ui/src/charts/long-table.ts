// Which lines of a long table are in view.

/** Lines drawn beyond what is seen, at each side. */
const BEYOND = 8;

/** The first line to draw and the one after the last, of lines of one height in a box scrolled to `top`. */
export function rowsInView(
  rows: number,
  rowHeight: number,
  top: number,
  height: number,
): { first: number; end: number } {
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const end = Math.min(rows, Math.ceil((top + height) / rowHeight) + BEYOND);
  return { first: Math.min(first, end), end };
}
