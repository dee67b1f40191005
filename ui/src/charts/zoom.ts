// The part of the time axis that is shown, and how it is moved.

/** Seconds since the start. */
export type Zoom = { from: number; to: number };

/** No closer than this, in seconds. */
const CLOSEST = 20;

/** Cut to the whole, and never narrower than what can be read. */
export function within(zoom: Zoom, whole: Zoom): Zoom {
  const length = Math.min(whole.to - whole.from, Math.max(CLOSEST, zoom.to - zoom.from));
  const middle = (zoom.from + zoom.to) / 2;
  const from = Math.min(whole.to - length, Math.max(whole.from, middle - length / 2));
  return { from, to: from + length };
}

/** Nearer (factor below 1) or further, while the moment `around` stays where it is. */
export function zoomed(zoom: Zoom, whole: Zoom, around: number, factor: number): Zoom {
  const before = zoom.to - zoom.from;
  const length = Math.min(whole.to - whole.from, Math.max(Math.min(CLOSEST, whole.to - whole.from), before * factor));
  const part = before > 0 ? (around - zoom.from) / before : 0.5;
  const from = Math.min(whole.to - length, Math.max(whole.from, around - part * length));
  return { from, to: from + length };
}

/** Moved along by so many seconds. */
export function moved(zoom: Zoom, whole: Zoom, seconds: number): Zoom {
  const length = zoom.to - zoom.from;
  const from = Math.min(whole.to - length, Math.max(whole.from, zoom.from + seconds));
  return { from, to: from + length };
}

/** Moved just so far that the moment is seen. */
export function revealing(zoom: Zoom, whole: Zoom, second: number): Zoom {
  if (second < zoom.from) return moved(zoom, whole, second - zoom.from);
  if (second > zoom.to) return moved(zoom, whole, second - zoom.to);
  return zoom;
}

export function isWhole(zoom: Zoom, whole: Zoom): boolean {
  return zoom.from <= whole.from + 0.5 && zoom.to >= whole.to - 0.5;
}
