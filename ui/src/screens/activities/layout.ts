// Where each row of the list stands: headings of days and rows of known heights, so that thousands need no measuring.

import type { DayCount } from '../../ipc/bindings';

export type Sizes = { heading: number; row: number };
export type LaidDay = {
  day: string;
  /** Index of its first entry. */
  first: number;
  entries: number;
  top: number;
};
export type Layout = { days: LaidDay[]; sizes: Sizes; height: number; entries: number };
export type Item =
  { item: 'heading'; day: string; top: number; key: string } | { item: 'row'; index: number; top: number };

export function layOut(days: readonly DayCount[], sizes: Sizes): Layout {
  const laid: LaidDay[] = [];
  let top = 0;
  let first = 0;
  for (const { day, entries } of days) {
    if (entries <= 0) continue;
    laid.push({ day, first, entries, top });
    first += entries;
    top += sizes.heading + entries * sizes.row;
  }
  return { days: laid, sizes, height: top, entries: first };
}

/** The last of the days for which `starts` is at or before `value`; -1 where none is. */
function lastDay(days: readonly LaidDay[], value: number, starts: (day: LaidDay) => number): number {
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts(days[middle] as LaidDay) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function dayOfIndex(layout: Layout, index: number): LaidDay | undefined {
  return layout.days[lastDay(layout.days, index, (day) => day.first)];
}

/** Where the row of an entry begins. */
export function topOf(layout: Layout, index: number): number {
  const day = dayOfIndex(layout, index);
  return day === undefined ? 0 : day.top + layout.sizes.heading + (index - day.first) * layout.sizes.row;
}

/** Headings and rows that are seen between two heights. */
export function itemsBetween(layout: Layout, top: number, bottom: number): Item[] {
  const items: Item[] = [];
  const { heading, row } = layout.sizes;
  for (
    let at = Math.max(
      0,
      lastDay(layout.days, top, (day) => day.top),
    );
    at < layout.days.length;
    at += 1
  ) {
    const day = layout.days[at] as LaidDay;
    if (day.top > bottom) break;
    if (day.top + heading > top)
      items.push({ item: 'heading', day: day.day, top: day.top, key: `${day.day} ${day.first}` });
    const rows = day.top + heading;
    const from = Math.max(0, Math.floor((top - rows) / row));
    const to = Math.min(day.entries, Math.ceil((bottom - rows) / row));
    for (let index = from; index < to; index += 1)
      items.push({ item: 'row', index: day.first + index, top: rows + index * row });
  }
  return items;
}

/** The day whose rows are at the top of what is seen, and how far the next heading has pushed its own away (0 or below). */
export function headingAt(layout: Layout, top: number): { day: string; push: number } | undefined {
  const at = lastDay(layout.days, top, (day) => day.top);
  const day = layout.days[at];
  if (day === undefined) return undefined;
  const next = layout.days[at + 1];
  const push = next === undefined ? 0 : Math.min(0, next.top - top - layout.sizes.heading);
  return { day: day.day, push };
}

/** How far to scroll so that a row is seen below the heading that stays; unchanged where it is. */
export function scrollTo(layout: Layout, index: number, top: number, height: number): number {
  const row = topOf(layout, index);
  if (row - layout.sizes.heading < top) return Math.max(0, row - layout.sizes.heading);
  if (row + layout.sizes.row > top + height) return row + layout.sizes.row - height;
  return top;
}
