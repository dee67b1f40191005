// Draws every icon file from the sources in src-tauri/icons/source.
// Usage: node scripts/icons.mjs          writes the files and removes those that no longer belong
//        node scripts/icons.mjs --check  says which files differ from their source, and fails if any does
// The renderer is WebAssembly, so that every machine makes the very same bytes.
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const iconFolder = fileURLToPath(new URL('../src-tauri/icons/', import.meta.url));

/** Sizes of the PNG files; Linux packages install each of them into the icon theme. */
export const pngSizes = [16, 22, 24, 32, 48, 64, 128, 256, 512];
/** Sizes inside icon.ico: what Windows asks for at 100 % to 250 %, and 256. */
export const icoSizes = [16, 20, 24, 32, 40, 48, 64, 256];
/** Entries of icon.icns: Apple's type code and its size in pixels. */
export const icnsEntries = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32], // 16 pt at 2x
  ['ic12', 64], // 32 pt at 2x
  ['ic07', 128],
  ['ic13', 256], // 128 pt at 2x
  ['ic08', 256],
  ['ic14', 512], // 256 pt at 2x
  ['ic09', 512],
  ['ic10', 1024], // 512 pt at 2x
];
export const trayStates = ['plain', 'syncing', 'paused', 'attention'];
/** Tray pictures are 22 units high, drawn at 2x; the system makes them smaller where it wants less. */
export const traySize = 44;
/** Suffix -> ink. Without a suffix: the template that macOS colours itself. Light and dark name the bar it sits on. */
export const trayInks = { '': '#000000', '-light': '#161f1f', '-dark': '#ebefef' };

/** Up to this size the simplified drawing is used. */
const largestSmall = 32;
/** On macOS icons keep a margin: the square is 824 of 1024 wide; in the source it is 944. */
const macViewBox = (() => {
  const side = (1024 * 944) / 824;
  const from = (1024 - side) / 2;
  return `${from.toFixed(2)} ${from.toFixed(2)} ${side.toFixed(2)} ${side.toFixed(2)}`;
})();

/** Draws all icons. Returns a map from path below src-tauri/icons to content. */
export async function drawIcons() {
  const wasm = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  await initOnce(readFileSync(wasm));
  const source = (name) => readFileSync(join(iconFolder, 'source', name), 'utf8');
  const large = source('app.svg');
  const small = source('app-small.svg');
  const mac = large.replace('viewBox="0 0 1024 1024"', `viewBox="${macViewBox}"`);
  const app = (size) => render(size <= largestSmall ? small : large, size);

  const files = new Map();
  for (const size of pngSizes) files.set(`${size}x${size}.png`, app(size).png);
  files.set('icon.ico', ico(icoSizes.map((size) => app(size))));
  files.set(
    'icon.icns',
    icns(icnsEntries.map(([type, size]) => [type, render(size <= largestSmall ? small : mac, size).png])),
  );
  for (const state of trayStates) {
    const drawing = source(`tray-${state}.svg`);
    for (const [suffix, ink] of Object.entries(trayInks)) {
      files.set(`tray/${state}${suffix}.png`, render(drawing.replaceAll('#000000', ink), traySize).png);
    }
  }
  return files;
}

let ready;
function initOnce(bytes) {
  ready ??= initWasm(bytes);
  return ready;
}

function render(svg, size) {
  const image = new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render();
  return { size, png: Buffer.from(image.asPng()), pixels: Buffer.from(image.pixels) };
}

/** A Windows icon: 256 px as PNG, the others as 32-bit bitmaps, which every reader of the format knows. */
function ico(images) {
  const header = Buffer.alloc(6);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let offset = 6 + 16 * images.length;
  const entries = [];
  const bodies = [];
  for (const image of images) {
    const body = image.size === 256 ? image.png : bitmap(image);
    const entry = Buffer.alloc(16);
    entry[0] = image.size % 256; // 0 stands for 256
    entry[1] = image.size % 256;
    entry.writeUInt16LE(1, 4);
    entry.writeUInt16LE(32, 6);
    entry.writeUInt32LE(body.length, 8);
    entry.writeUInt32LE(offset, 12);
    offset += body.length;
    entries.push(entry);
    bodies.push(body);
  }
  return Buffer.concat([header, ...entries, ...bodies]);
}

/** A bitmap as icons hold it: rows from the bottom up, blue first, then a mask that alpha makes superfluous. */
function bitmap({ size, pixels }) {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(size, 4);
  header.writeInt32LE(2 * size, 8); // picture and mask together
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(32, 14);
  const colours = Buffer.alloc(4 * size * size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const from = 4 * (y * size + x);
      const to = 4 * ((size - 1 - y) * size + x);
      const alpha = pixels[from + 3];
      // The renderer's colours are multiplied by alpha, the bitmap's are not.
      const straight = (value) => (alpha === 0 ? 0 : Math.min(255, Math.round((value * 255) / alpha)));
      colours[to] = straight(pixels[from + 2]);
      colours[to + 1] = straight(pixels[from + 1]);
      colours[to + 2] = straight(pixels[from]);
      colours[to + 3] = alpha;
    }
  }
  const maskRow = Math.ceil(size / 32) * 4;
  return Buffer.concat([header, colours, Buffer.alloc(maskRow * size)]);
}

/** An Apple icon file: a header and one PNG an entry. */
function icns(entries) {
  const chunks = entries.map(([type, png]) => {
    const head = Buffer.alloc(8);
    head.write(type, 0, 'latin1');
    head.writeUInt32BE(8 + png.length, 4);
    return Buffer.concat([head, png]);
  });
  const body = Buffer.concat(chunks);
  const head = Buffer.alloc(8);
  head.write('icns', 0, 'latin1');
  head.writeUInt32BE(8 + body.length, 4);
  return Buffer.concat([head, body]);
}

/** Files below src-tauri/icons that a script made: everything but the sources. */
function present(folder = iconFolder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'source' ? [] : present(path);
    return [relative(iconFolder, path).replaceAll('\\', '/')];
  });
}

/** What differs between the files on disk and `files`, one sentence each. */
export function differences(files) {
  const there = new Set(present());
  const wrong = [...there].filter((path) => !files.has(path)).map((path) => `${path} is not made from any source`);
  for (const [path, content] of files) {
    if (!there.has(path)) wrong.push(`${path} is missing`);
    else if (!readFileSync(join(iconFolder, path)).equals(content)) wrong.push(`${path} is not what its source draws`);
  }
  return wrong;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await drawIcons();
  if (process.argv.includes('--check')) {
    const wrong = differences(files);
    for (const line of wrong) console.error(`icons: ${line}`);
    if (wrong.length > 0) console.error('icons: run `node scripts/icons.mjs`');
    process.exitCode = wrong.length > 0 ? 1 : 0;
  } else {
    for (const path of present()) if (!files.has(path)) rmSync(join(iconFolder, path));
    for (const [path, content] of files) {
      mkdirSync(dirname(join(iconFolder, path)), { recursive: true });
      writeFileSync(join(iconFolder, path), content);
    }
    console.log(`${files.size} icons drawn`);
  }
}
