// One uPlot canvas over days: a line of dots with its moving mean, or pairs of dots joined by a thin line.

import uPlot from 'uplot';
import { DAY, dayTicks, withGaps } from './days';
import type { DayChartData } from './measured';
import { faded, type Ink, type Room } from './plot';

export type Span = { from: number; to: number };
type Size = { width: number; height: number };

export class DayPlot {
  #plot: uPlot;
  #data: DayChartData;
  #ink: Ink;
  #span: Span;
  #room: Room;

  constructor(target: HTMLElement, data: DayChartData, ink: Ink, span: Span, size: Size, room: Room) {
    this.#data = data;
    this.#ink = ink;
    this.#span = span;
    this.#room = room;
    const { columns, ...rest } = pointsOf(data);
    this.#plot = new uPlot(this.#options(size), [rest.x, ...columns] as uPlot.AlignedData, target);
  }

  resize(size: Size): void {
    if (size.width === this.#plot.width && size.height === this.#plot.height) return;
    this.#plot.setSize(size);
  }

  paint(ink: Ink): void {
    this.#ink = ink;
    this.#plot.redraw(false, true);
  }

  destroy(): void {
    this.#plot.destroy();
  }

  /** How many CSS pixels there are for each point; smaller dots where it is crowded. */
  get #spacing(): number {
    const plot = this.#plot as uPlot | undefined;
    const width = (plot?.width ?? 600) - this.#room.axis;
    const { points } = this.#data;
    const days = ((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)) / (this.#span.to - this.#span.from);
    return (width * Math.max(days, 0.05)) / points.length;
  }

  get #dot(): number {
    const scale = this.#room.edge / 7;
    return scale * (this.#spacing > 9 ? 6 : this.#spacing > 4 ? 4.5 : this.#spacing > 1.6 ? 3.5 : 2.5);
  }

  #options(size: Size): uPlot.Options {
    const { range, ticks, label } = this.#data;
    const gridOf = () => ({ stroke: () => this.#ink.grid, width: 1 });
    return {
      ...size,
      padding: [this.#room.edge, 0, this.#room.edge, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => [this.#span.from, this.#span.to] },
        y: { range: () => [range.low, range.high] },
      },
      axes: [
        {
          size: 0,
          gap: 0,
          splits: (plot, _, min, max) =>
            dayTicks(min, max, ticksWithin(plot.width - this.#room.axis, this.#room)).map(({ at }) => at),
          values: (_, splits) => splits.map(() => null),
          grid: gridOf(),
          ticks: { show: false },
        },
        {
          size: this.#room.axis,
          gap: 6,
          font: this.#ink.font,
          stroke: () => this.#ink.text,
          splits: () => [...ticks],
          values: (_, splits) => splits.map(label),
          grid: gridOf(),
          ticks: { show: false },
        },
      ],
      series: [{}, ...this.#series()],
      hooks: { drawAxes: [(plot) => this.#joinPairs(plot)] },
    };
  }

  #series(): uPlot.Series[] {
    const paired = isPaired(this.#data);
    const dotted = (join: boolean): uPlot.Series => ({
      stroke: () => faded(this.#ink.line, this.#data.mean === null ? 0.75 : 0.4),
      width: join ? 1 : 0,
      ...(join ? {} : { paths: () => null }),
      points: {
        show: true,
        size: this.#dot,
        width: 0,
        fill: () => faded(this.#ink.line, this.#spacing > 1.6 ? 1 : 0.45),
      },
    });
    if (paired) return [dotted(false), dotted(false)];
    // Where dots lie upon each other a line between them is a blot; their mean is the line then.
    const crowded = this.#data.mean !== null && this.#spacing < 4;
    const line = dotted(!crowded);
    if (this.#data.mean === null) return [line];
    return [line, { stroke: () => this.#ink.line, width: 2, points: { show: false } }];
  }

  #joinPairs(plot: uPlot): void {
    const { ctx } = plot;
    ctx.save();
    ctx.strokeStyle = faded(this.#ink.line, this.#spacing > 4 ? 0.5 : 0.28);
    ctx.lineWidth = Math.max(1, (this.#spacing > 4 ? 1.5 : 1) * devicePixelRatio);
    ctx.beginPath();
    for (const { at, value, below } of this.#data.points) {
      if (below === undefined) continue;
      const x = plot.valToPos(at, 'x', true);
      ctx.moveTo(x, plot.valToPos(value, 'y', true));
      ctx.lineTo(x, plot.valToPos(below, 'y', true));
    }
    ctx.stroke();
    ctx.restore();
  }
}

/** How many moments have room for their labels under a plot so wide. */
export const ticksWithin = (width: number, room: Room): number => Math.max(2, Math.floor(width / room.moment));

/** From the first day to the last, with some air so that no dot is cut off. */
export function spanOf(from: number, to: number): Span {
  const air = Math.max(DAY / 2, (to - from) * 0.012);
  return { from: from - air, to: to + air };
}

const isPaired = (data: DayChartData): boolean => data.points.some(({ below }) => below !== undefined);

function pointsOf(data: DayChartData): { x: number[]; columns: (number | null)[][] } {
  const values = data.points.map(({ value }) => value);
  if (isPaired(data)) {
    return { x: data.points.map(({ at }) => at), columns: [values, data.points.map(({ below }) => below ?? null)] };
  }
  return data.mean === null ? withGaps(data.points, values) : withGaps(data.points, values, data.mean);
}
