// The track as a line: fitted into a box and simplified to what is visible.

import type { Position } from './crosshair';

export type TrackPoints = readonly (Position | null)[];
/** From metres (east, north) to pixels (right, down). */
export type Fit = { scale: number; left: number; top: number; width: number; height: number };

/** Fits a track into a box with a margin; the box's height follows the track's form, up to `highest`. */
export function fit(points: TrackPoints, width: number, highest: number, margin: number): Fit {
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const point of points) {
    if (point === null) continue;
    west = Math.min(west, point[0]);
    east = Math.max(east, point[0]);
    south = Math.min(south, point[1]);
    north = Math.max(north, point[1]);
  }
  if (west > east) return { scale: 1, left: 0, top: 0, width, height: 0 };
  const [wide, high] = [Math.max(1, east - west), Math.max(1, north - south)];
  const room = Math.max(1, width - 2 * margin);
  const scale = Math.min(room / wide, Math.max(1, highest - 2 * margin) / high);
  const height = Math.min(highest, high * scale + 2 * margin);
  return {
    scale,
    left: (width - wide * scale) / 2 - west * scale,
    top: (height - high * scale) / 2 + north * scale,
    width,
    height,
  };
}

export function place(fit: Fit, point: Position): Position {
  return [fit.left + point[0] * fit.scale, fit.top - point[1] * fit.scale];
}

/** The `d` of an SVG path; a gap lifts the pen. Points that no eye could tell from the line are left out. */
export function pathOf(points: TrackPoints, fit: Fit, tolerance = 0.4): string {
  let path = '';
  let run: Position[] = [];
  const close = () => {
    const kept = simplified(run, tolerance);
    if (kept.length > 1) path += `M${kept.map((point) => `${point[0].toFixed(1)} ${point[1].toFixed(1)}`).join('L')}`;
    run = [];
  };
  for (const point of points) {
    if (point === null) close();
    else run.push(place(fit, point));
  }
  close();
  return path;
}

/** Ramer, Douglas and Peucker: the fewest of the points so that none of the others lies further from the line than `tolerance`. */
export function simplified(points: readonly Position[], tolerance: number): Position[] {
  if (points.length < 3) return [...points];
  const kept = new Uint8Array(points.length);
  kept[0] = kept[points.length - 1] = 1;
  const open: [number, number][] = [[0, points.length - 1]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [first, last] = part;
    let [farthest, distance] = [-1, tolerance];
    for (let index = first + 1; index < last; index += 1) {
      const away = distanceTo(points[index] as Position, points[first] as Position, points[last] as Position);
      if (away > distance) [farthest, distance] = [index, away];
    }
    if (farthest < 0) continue;
    kept[farthest] = 1;
    open.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, index) => kept[index] === 1);
}

function distanceTo(point: Position, from: Position, to: Position): number {
  const [wide, high] = [to[0] - from[0], to[1] - from[1]];
  const length = wide * wide + high * high;
  const part =
    length === 0 ? 0 : Math.min(1, Math.max(0, ((point[0] - from[0]) * wide + (point[1] - from[1]) * high) / length));
  return Math.hypot(point[0] - from[0] - part * wide, point[1] - from[1] - part * high);
}
