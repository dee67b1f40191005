// The list of libraries and their licences: who is on it, and when it is out of date.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gathered } from '../../scripts/licence-texts.mjs';
import { crates, faults, modules, once } from '../../scripts/licences.mjs';

const crate = (name, extra = {}) => ({
  id: name,
  name,
  version: '1.0.0',
  source: 'registry',
  license: 'MIT/Apache-2.0',
  targets: [{ kind: ['lib'] }],
  ...extra,
});
const needs = (pkg, kind = null) => ({ pkg, dep_kinds: [{ kind }] });
const metadata = {
  packages: [
    crate('baton-cli', { source: null, license: null }),
    crate('baton-tests', { source: null }),
    crate('linked'),
    crate('deeper', { license: 'ISC' }),
    crate('builder'),
    crate('macro', { targets: [{ kind: ['proc-macro'] }] }),
    crate('tester'),
  ],
  resolve: {
    nodes: [
      { id: 'baton-cli', deps: [needs('linked'), needs('builder', 'build'), needs('macro'), needs('tester', 'dev')] },
      { id: 'baton-tests', deps: [needs('tester')] },
      { id: 'linked', deps: [needs('deeper')] },
      { id: 'deeper', deps: [] },
    ],
  },
};

test('it lists what is linked into the programs, with licences in the words of SPDX', () => {
  assert.deepEqual(once([crates(metadata), crates(metadata)]), [
    ['deeper', '1.0.0', 'ISC'],
    ['linked', '1.0.0', 'MIT OR Apache-2.0'],
  ]);
});

test('a library without a licence stops it', () => {
  const unlicensed = structuredClone(metadata);
  unlicensed.packages[3].license = null;
  assert.throws(() => crates(unlicensed), /deeper 1\.0\.0 names no licence/);
});

test('it lists what the window is made with', () => {
  const lock = { packages: { '': {}, 'node_modules/a': { version: '2.0.0' }, 'node_modules/b': { dev: true } } };
  const files = { 'node_modules/a/package.json': '{}', 'node_modules/a/LICENSE': 'MIT License\n\nCopyright' };
  assert.deepEqual(
    modules(lock, (path) => files[path]),
    [['a', '2.0.0', 'MIT']],
  );
  assert.throws(() => modules(lock, (path) => ({ ...files, 'node_modules/a/LICENSE': 'Mine' })[path]), /no licence/);
});

test('it says what is missing and what is gone, and lets the crates of other systems be', () => {
  const linked = [['linked', '1.0.0', 'MIT']];
  const packages = [['a', '2.0.0', 'MIT']];
  const now = { linked, packages, locked: new Set(['linked 1.0.0', 'elsewhere 1.0.0']) };
  const current = { crates: [...linked, ['elsewhere', '1.0.0', 'MIT']], modules: packages };
  assert.deepEqual(faults(current, now), []);
  assert.deepEqual(faults({ crates: [['linked', '0.9.0', 'MIT']], modules: [['a', '2.0.0', 'ISC']] }, now), [
    'linked 1.0.0 MIT is missing',
    'linked is no more',
    'a 2.0.0 MIT is missing',
    'a is no more',
  ]);
});

test('each licence text is there once, with everybody whose it is, and who has none is named', () => {
  const texts = { a: ['The text'], b: ['The text', 'A notice'], c: [] };
  const all = gathered(
    [
      ['a', '1.0.0', 'MIT'],
      ['b', '2.0.0', 'MIT OR Apache-2.0'],
      ['c', '3.0.0', 'ISC'],
    ],
    (name) => texts[name],
  );
  assert.equal(all.split('The text').length, 2);
  assert.match(all, /^a 1\.0\.0, b 2\.0\.0$/m);
  assert.match(all, /^b 2\.0\.0$/m);
  assert.match(all, /^c 3\.0\.0: ISC$/m);
});
