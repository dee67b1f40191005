// Every icon is there, has its size, shows something, and is what its source draws.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  differences,
  drawIcons,
  icnsEntries,
  icoSizes,
  iconFolder,
  pngSizes,
  traySize,
  trayStates,
} from '../../scripts/icons.mjs';
import { inkShare, pngSize } from './png.mjs';

let drawn;
before(async () => {
  drawn = await drawIcons();
});
const read = (path) => readFileSync(join(iconFolder, path));

test('the files are what the sources draw', () => {
  assert.deepEqual(differences(drawn), []);
});

test('a changed drawing or a stray file is noticed', () => {
  const changed = new Map(drawn);
  changed.set('16x16.png', drawn.get('32x32.png'));
  changed.delete('tray/plain.png');
  assert.deepEqual(differences(changed).sort(), [
    '16x16.png is not what its source draws',
    'tray/plain.png is not made from any source',
  ]);
});

test('PNG files have their size, transparent corners and a picture', () => {
  for (const size of pngSizes) {
    const png = read(`${size}x${size}.png`);
    assert.deepEqual(pngSize(png), { width: size, height: size });
    const share = inkShare(png);
    assert.ok(share > 0.7 && share < 0.99, `${size}: ${share} of it is painted`);
  }
});

test('icon.ico holds every size that Windows asks for', () => {
  const ico = read('icon.ico');
  assert.deepEqual([ico.readUInt16LE(0), ico.readUInt16LE(2)], [0, 1]);
  const entries = Array.from({ length: ico.readUInt16LE(4) }, (_, index) => {
    const at = 6 + 16 * index;
    return {
      size: ico[at] || 256,
      bits: ico.readUInt16LE(at + 6),
      length: ico.readUInt32LE(at + 8),
      offset: ico.readUInt32LE(at + 12),
    };
  });
  assert.deepEqual(
    entries.map(({ size }) => size),
    icoSizes,
  );
  for (const { size, bits, length, offset } of entries) {
    assert.equal(bits, 32);
    const body = ico.subarray(offset, offset + length);
    assert.equal(body.length, length);
    if (size === 256) assert.deepEqual(pngSize(body), { width: 256, height: 256 });
    else assert.deepEqual([body.readUInt32LE(0), body.readInt32LE(4), body.readInt32LE(8)], [40, size, 2 * size]);
  }
});

test('icon.icns holds every size up to 1024', () => {
  const icns = read('icon.icns');
  assert.equal(icns.toString('latin1', 0, 4), 'icns');
  assert.equal(icns.readUInt32BE(4), icns.length);
  const found = [];
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
    const png = icns.subarray(at + 8, at + icns.readUInt32BE(at + 4));
    found.push([icns.toString('latin1', at, at + 4), pngSize(png).width]);
    assert.ok(inkShare(png) > 0.5);
  }
  assert.deepEqual(found, icnsEntries);
});

test('the four tray pictures differ, in each of the three inks', () => {
  for (const suffix of ['', '-light', '-dark']) {
    const pictures = trayStates.map((state) => read(`tray/${state}${suffix}.png`));
    for (const png of pictures) {
      assert.deepEqual(pngSize(png), { width: traySize, height: traySize });
      const share = inkShare(png);
      assert.ok(share > 0.1 && share < 0.6, `${share} of it is painted`);
    }
    assert.equal(new Set(pictures.map((png) => png.toString('base64'))).size, trayStates.length);
  }
});
