// What is to be read at a moment: the values under the crosshair, and a position on the track.

import { BRIDGE_SECONDS, indexFrom, type Values } from './downsample';

/** How far from a moment a value may lie and still be said for it, in seconds, where it is alone. */
const REACH = BRIDGE_SECONDS;

/** The value closest to a second; null inside of a gap. */
export function valueAt(seconds: readonly number[], values: Values, second: number): number | null {
  const after = indexFrom(seconds, second);
  let best: number | null = null;
  let distance = REACH;
  const look = (index: number) => {
    const at = seconds[index];
    const value = values[index];
    if (at === undefined || value === undefined || value === null) return;
    const away = Math.abs(at - second);
    if (away <= distance) [best, distance] = [value, away];
  };
  for (let index = after - 3; index <= after + 3; index += 1) look(index);
  return best;
}

/** The moment one step from another: the next or the last recorded one that lies at least `step` seconds away. */
export function momentFrom(seconds: readonly number[], second: number, step: number): number {
  const first = seconds[0] ?? 0;
  const last = seconds.at(-1) ?? 0;
  const wanted = Math.min(last, Math.max(first, second + step));
  const index = indexFrom(seconds, wanted);
  return seconds[Math.min(index, seconds.length - 1)] ?? wanted;
}

export type Position = readonly [number, number];

/** Where on the track somebody was at a second; null inside of a gap and outside of the track. */
export function positionAt(
  track: { points: readonly (Position | null)[]; seconds: readonly number[] },
  second: number,
): Position | null {
  const after = indexFrom(track.seconds, second);
  const to = track.points[after];
  if (to !== undefined && to !== null && track.seconds[after] === second) return to;
  const from = track.points[after - 1];
  if (from === undefined || from === null || to === undefined || to === null) return null;
  const [start, end] = [track.seconds[after - 1] as number, track.seconds[after] as number];
  const part = (second - start) / (end - start);
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
}
