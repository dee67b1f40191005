// What a release consists of: gathered, named, signed where it is signed, summed up; and tags that fit the tree.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { notes, versionOfTag, versions } from '../../scripts/check-release.mjs';
import { collect, write } from '../../scripts/release-manifest.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'baton-release-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts made-up files below `from`: name -> content is the name itself. */
function make(from, names) {
  for (const name of names) {
    mkdirSync(dirname(join(folder, from, name)), { recursive: true });
    writeFileSync(join(folder, from, name), name.split('/').at(-1));
  }
}

const built = {
  linux: [
    'appimage/Baton_1.2.3_amd64.AppImage',
    'appimage/Baton_1.2.3_amd64.AppImage.sig',
    'appimage/Baton.AppDir/usr/bin/baton-desktop',
    'deb/Baton_1.2.3_amd64.deb',
    'deb/Baton_1.2.3_amd64/control.tar.gz',
    'rpm/Baton-1.2.3-1.x86_64.rpm',
    'cli/baton-cli_1.2.3_amd64.deb',
    'cli/baton-cli_1.2.3_x86_64-unknown-linux-gnu.tar.gz',
  ],
  'mac-arm': [
    'dmg/Baton_1.2.3_aarch64.dmg',
    'dmg/bundle_dmg.sh',
    'macos/Baton.app.tar.gz',
    'macos/Baton.app.tar.gz.sig',
  ],
  'mac-intel': ['dmg/Baton_1.2.3_x64.dmg', 'macos/Baton.app.tar.gz', 'macos/Baton.app.tar.gz.sig'],
  windows: [
    'msi/Baton_1.2.3_x64_de-DE.msi',
    'msi/Baton_1.2.3_x64_de-DE.msi.sig',
    'msi/Baton_1.2.3_x64_en-US.msi',
    'msi/Baton_1.2.3_x64_en-US.msi.sig',
    'nsis/Baton_1.2.3_x64-setup.exe',
    'nsis/Baton_1.2.3_x64-setup.exe.sig',
  ],
};
const processor = { linux: 'x86_64', 'mac-arm': 'aarch64', 'mac-intel': 'x86_64', windows: 'x86_64' };

function release() {
  const to = join(folder, 'release');
  for (const [system, names] of Object.entries(built)) {
    make(system, names);
    collect(join(folder, system), to, processor[system]);
  }
  return to;
}
const about = {
  version: '1.2.3',
  notes: '- Better',
  date: new Date('2026-11-21T06:00:00Z'),
  base: 'https://example.com/v1.2.3',
};

test('the installers of all systems fit side by side', () => {
  make('mac-arm', built['mac-arm']);
  assert.deepEqual(collect(join(folder, 'mac-arm'), join(folder, 'one'), 'aarch64'), [
    'Baton_1.2.3_aarch64.dmg',
    'Baton_aarch64.app.tar.gz',
    'Baton_aarch64.app.tar.gz.sig',
  ]);
  make('linux', built.linux);
  assert.deepEqual(collect(join(folder, 'linux'), join(folder, 'two'), 'x86_64'), [
    'Baton-1.2.3-1.x86_64.rpm',
    'Baton_1.2.3_amd64.AppImage',
    'Baton_1.2.3_amd64.AppImage.sig',
    'Baton_1.2.3_amd64.deb',
    'baton-cli_1.2.3_amd64.deb',
    'baton-cli_1.2.3_x86_64-unknown-linux-gnu.tar.gz',
  ]);
  mkdirSync(join(folder, 'nothing'));
  assert.throws(() => collect(join(folder, 'nothing'), join(folder, 'three'), 'x86_64'), /no installers/);
});

test('latest.json names the signed package of each system', () => {
  const to = release();
  write({ folder: to, ...about });
  const latest = JSON.parse(readFileSync(join(to, 'latest.json'), 'utf8'));
  assert.deepEqual(latest, {
    version: '1.2.3',
    notes: '- Better',
    pub_date: '2026-11-21T06:00:00.000Z',
    platforms: {
      'linux-x86_64': {
        signature: 'Baton_1.2.3_amd64.AppImage.sig',
        url: 'https://example.com/v1.2.3/Baton_1.2.3_amd64.AppImage',
      },
      'darwin-x86_64': { signature: 'Baton.app.tar.gz.sig', url: 'https://example.com/v1.2.3/Baton_x86_64.app.tar.gz' },
      'darwin-aarch64': {
        signature: 'Baton.app.tar.gz.sig',
        url: 'https://example.com/v1.2.3/Baton_aarch64.app.tar.gz',
      },
      'windows-x86_64': {
        signature: 'Baton_1.2.3_x64-setup.exe.sig',
        url: 'https://example.com/v1.2.3/Baton_1.2.3_x64-setup.exe',
      },
      'windows-x86_64-msi': {
        signature: 'Baton_1.2.3_x64_en-US.msi.sig',
        url: 'https://example.com/v1.2.3/Baton_1.2.3_x64_en-US.msi',
      },
    },
  });
});

test(
  'the checksums are those of sha256sum, for every file',
  { skip: process.platform !== 'linux' && "sha256sum is Linux's" },
  () => {
    const to = release();
    write({ folder: to, ...about });
    const said = execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: to, encoding: 'utf8' });
    assert.equal(said.trim().split('\n').length, 19);
    assert.match(said, /^latest\.json: OK$/m);
    writeFileSync(join(to, 'Baton_1.2.3_amd64.deb'), 'changed');
    assert.throws(() => execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: to, stdio: 'ignore' }));
  },
);

test('without signatures there is nothing to update from, and the checksums are there all the same', () => {
  make('release', ['Baton_1.2.3_amd64.deb']);
  const to = join(folder, 'release');
  assert.deepEqual(write({ folder: to, ...about }), []);
  assert.throws(() => readFileSync(join(to, 'latest.json')), /ENOENT/);
  assert.match(readFileSync(join(to, 'SHA256SUMS'), 'utf8'), /^[0-9a-f]{64} {2}Baton_1\.2\.3_amd64\.deb\n$/);
});

test('what does not belong together is refused', () => {
  make('stray', ['Baton_1.2.3_amd64.AppImage.sig']);
  assert.throws(() => write({ folder: join(folder, 'stray'), ...about }), /without a file/);
  make('old', ['Baton_1.2.2_amd64.deb']);
  assert.throws(() => write({ folder: join(folder, 'old'), ...about }), /not of version 1\.2\.3/);
  make(
    'two',
    ['Baton_1.2.3_amd64.AppImage', 'Other_1.2.3_amd64.AppImage'].flatMap((name) => [name, `${name}.sig`]),
  );
  assert.throws(() => write({ folder: join(folder, 'two'), ...about }), /several packages/);
});

test('the command does the same', () => {
  make('linux', built.linux);
  const script = fileURLToPath(new URL('../../scripts/release-manifest.mjs', import.meta.url));
  const run = (...parts) =>
    execFileSync(process.execPath, [script, ...parts], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  assert.match(run('collect', '--from', 'linux', '--to', 'release', '--arch', 'x86_64'), /AppImage\.sig\n/);
  writeFileSync(join(folder, 'notes.md'), '- Better\n');
  const said = run(
    'write',
    '--in',
    'release',
    '--version',
    '1.2.3',
    '--base',
    'https://example.com',
    '--notes',
    'notes.md',
  );
  assert.equal(said, 'updates itself: linux-x86_64\n');
  assert.throws(() => run('write', '--in', 'release'), /--version is missing/);
});

test('the tree names one version', () => {
  const found = versions();
  assert.equal(new Set(found.map(([, version]) => version)).size, 1, JSON.stringify(found));
  assert.match(found[0][1], /^\d+\.\d+\.\d+/);
});

test('a tag is a version', () => {
  assert.equal(versionOfTag('v1.2.3'), '1.2.3');
  assert.equal(versionOfTag('v1.2.3-beta.1'), '1.2.3-beta.1');
  for (const tag of ['1.2.3', 'v1.2', 'v1.2.3 ', 'latest', '']) assert.throws(() => versionOfTag(tag), /not a tag/);
});

test('the notes of a release are its part of the changelog', () => {
  const changelog =
    '# Changes\n\n## 1.2.3 (2026-11-21)\n\n- Better\n- Faster\n\n## 1.2.2 (not released yet)\n\n- Good\n\n## 1.2.1\n';
  assert.equal(notes('1.2.3', changelog), '- Better\n- Faster');
  assert.throws(() => notes('1.2.2', changelog), /not released yet/);
  assert.throws(() => notes('1.2.1', changelog), /says nothing/);
  assert.throws(() => notes('1.2', changelog), /no section/);
});
