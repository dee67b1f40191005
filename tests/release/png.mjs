// Reads as much of a PNG as the tests need: its size, and how much of it is painted.
import { inflateSync } from 'node:zlib';

/** Width and height in pixels. Throws where the bytes are no PNG. */
export function pngSize(png) {
  if (png.toString('latin1', 1, 4) !== 'PNG' || png.toString('latin1', 12, 16) !== 'IHDR') throw new Error('not a PNG');
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

/** The share of pixels, 0 to 1, that are more opaque than not. For 8-bit RGBA without interlacing. */
export function inkShare(png) {
  const { width, height } = pngSize(png);
  if (png[24] !== 8 || png[25] !== 6 || png[28] !== 0) throw new Error('not an 8-bit RGBA picture');
  const rows = unfilter(inflateSync(Buffer.concat([...chunks(png, 'IDAT')])), 4 * width, height);
  let painted = 0;
  for (let at = 3; at < rows.length; at += 4) if (rows[at] > 127) painted += 1;
  return painted / (width * height);
}

function* chunks(png, wanted) {
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === wanted) yield png.subarray(at + 8, at + 8 + png.readUInt32BE(at));
  }
}

/** Undoes the five filters of the PNG specification, section 9. */
function unfilter(data, stride, height) {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const left = x >= 4 ? out[y * stride + x - 4] : 0;
      const above = y > 0 ? out[(y - 1) * stride + x] : 0;
      const corner = x >= 4 && y > 0 ? out[(y - 1) * stride + x - 4] : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      out[y * stride + x] = data[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return out;
}

function paeth(left, above, corner) {
  const estimate = left + above - corner;
  const distances = [left, above, corner].map((value) => Math.abs(estimate - value));
  return [left, above, corner][distances.indexOf(Math.min(...distances))];
}
