// One uPlot canvas: a line over time with a soft area under it, its targets behind it, and round values on its axis.

import uPlot from 'uplot';
import { downsample, type Values } from './downsample';
import type { Range } from './quantities';
import { timeTicks } from './ticks';
import type { Zoom } from './zoom';

export type Band = Range & { from: number; to: number };
/** What stays the same while a chart is looked at. */
export type PlotData = {
  seconds: readonly number[];
  values: Values;
  range: Range;
  bands: readonly Band[];
  ticks: readonly number[];
  label: (value: number) => string;
};
/** Colours as the canvas wants them, and its letters. */
export type Ink = { line: string; grid: string; text: string; font: string };

/** Room for labels, in CSS pixels: for values left of the plot, for half a label above and below it, for a moment under it. */
export type Room = { axis: number; edge: number; moment: number };

/** The room that labels need where text is so many times its usual size. */
export function roomFor(textScale: number): Room {
  return { axis: Math.ceil(38 * textScale), edge: Math.ceil(7 * textScale), moment: 90 * textScale };
}

/** Reads the colours of the theme that holds at this element. */
export function inkOf(element: Element, colour: string): Ink {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const size =
    Number.parseFloat(token('--text-small')) * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return {
    line: token(colour),
    grid: token('--line'),
    text: token('--ink-3'),
    font: `${Number.isFinite(size) ? size : 12}px ${style.fontFamily}`,
  };
}

/** A colour with so much of it, for canvases, which know no color-mix everywhere. */
export function faded(colour: string, alpha: number): string {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (hex === null) return colour;
  const [red, green, blue] = hex.slice(1).map((part) => Number.parseInt(part, 16));
  return `rgb(${red} ${green} ${blue} / ${alpha})`;
}

type Size = { width: number; height: number };

export class Plot {
  #plot: uPlot;
  #data: PlotData;
  #ink: Ink;
  #zoom: Zoom;
  #room: Room;

  constructor(target: HTMLElement, data: PlotData, ink: Ink, zoom: Zoom, size: Size, room: Room) {
    this.#data = data;
    this.#ink = ink;
    this.#zoom = zoom;
    this.#room = room;
    this.#plot = new uPlot(this.#options(size), this.#points(size.width), target);
  }

  zoom(zoom: Zoom): void {
    if (zoom.from === this.#zoom.from && zoom.to === this.#zoom.to) return;
    this.#zoom = zoom;
    this.#draw();
  }

  resize(size: Size): void {
    if (size.width === this.#plot.width && size.height === this.#plot.height) return;
    this.#plot.setSize(size);
    this.#draw();
  }

  paint(ink: Ink): void {
    this.#ink = ink;
    this.#plot.redraw(false, true);
  }

  destroy(): void {
    this.#plot.destroy();
  }

  #draw(): void {
    const points = this.#points(this.#plot.width);
    this.#plot.batch(() => {
      this.#plot.setData(points, false);
      this.#plot.setScale('x', { min: this.#zoom.from, max: this.#zoom.to });
    });
  }

  #points(width: number): uPlot.AlignedData {
    const { seconds, values } = this.#data;
    const columns = Math.max(1, Math.round((width - this.#room.axis) * devicePixelRatio));
    const { x, y } = downsample(seconds, values, this.#zoom.from, this.#zoom.to, columns);
    return [x, y];
  }

  #options(size: Size): uPlot.Options {
    const gridOf = () => ({ stroke: () => this.#ink.grid, width: 1 });
    return {
      ...size,
      padding: [this.#room.edge, 0, this.#room.edge, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => [this.#zoom.from, this.#zoom.to] },
        y: { range: () => [this.#data.range.low, this.#data.range.high] },
      },
      axes: [
        {
          size: 0,
          gap: 0,
          splits: (_, __, min, max) =>
            timeTicks(min, max, Math.max(2, Math.floor((this.#plotWidth(size.width) || 300) / this.#room.moment))),
          values: (_, splits) => splits.map(() => null),
          grid: gridOf(),
          ticks: { show: false },
        },
        {
          size: this.#room.axis,
          gap: 6,
          font: this.#ink.font,
          stroke: () => this.#ink.text,
          splits: () => [...this.#data.ticks],
          values: (_, splits) => splits.map(this.#data.label),
          grid: gridOf(),
          ticks: { show: false },
        },
      ],
      series: [
        {},
        {
          // Where every column has its lowest and highest, a thick line would be a block.
          width: this.#data.seconds.length > 2 * size.width ? 1.1 : 1.5,
          stroke: () => this.#ink.line,
          fill: (plot) => {
            const { top, height } = plot.bbox;
            const area = plot.ctx.createLinearGradient(0, top, 0, top + height);
            area.addColorStop(0, faded(this.#ink.line, 0.26));
            area.addColorStop(1, faded(this.#ink.line, 0.02));
            return area;
          },
          fillTo: () => this.#data.range.low,
          points: { show: false },
        },
      ],
      hooks: { drawAxes: [(plot) => this.#drawBands(plot)] },
    };
  }

  #plotWidth(first: number): number {
    // Undefined while uPlot's own constructor runs.
    const plot = this.#plot as uPlot | undefined;
    return (plot?.width ?? first) - this.#room.axis;
  }

  #drawBands(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const band of this.#data.bands) {
      if (band.to < this.#zoom.from || band.from > this.#zoom.to) continue;
      const [left, right] = [plot.valToPos(band.from, 'x', true), plot.valToPos(band.to, 'x', true)];
      const [top, bottom] = [plot.valToPos(band.high, 'y', true), plot.valToPos(band.low, 'y', true)];
      ctx.fillStyle = faded(this.#ink.text, 0.2);
      ctx.beginPath();
      ctx.roundRect(
        left,
        top,
        Math.max(1, right - left - devicePixelRatio),
        Math.max(2, bottom - top),
        2 * devicePixelRatio,
      );
      ctx.fill();
    }
    ctx.restore();
  }
}
