// Tauri's configuration: valid by its own schema, strict about scripts, and naming only files that exist.
import Ajv from 'ajv';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { releaseConfig } from '../../scripts/release-config.mjs';
import { pngSizes } from '../../scripts/icons.mjs';

const tauri = new URL('../../src-tauri/', import.meta.url);
const json = (path, base = tauri) => JSON.parse(readFileSync(new URL(path, base), 'utf8'));
const config = json('tauri.conf.json');
const schema = json('../node_modules/@tauri-apps/cli/config.schema.json');
const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false, unicodeRegExp: false, logger: false });
const isValid = ajv.compile(schema);
const faults = (value) =>
  isValid(value) ? [] : isValid.errors.map((error) => `${error.instancePath} ${error.message}`);

/** Merges as Tauri merges `--config`: objects by key, everything else replaced. */
const merge = (base, more) =>
  Object.entries(more).reduce((all, [key, value]) => {
    const both = [all[key], value].every((side) => side && typeof side === 'object' && !Array.isArray(side));
    return { ...all, [key]: both ? merge(all[key], value) : value };
  }, base);

test("it follows Tauri's schema, alone and with what builds and releases add", () => {
  const { config: signed } = releaseConfig({
    TAURI_SIGNING_PRIVATE_KEY: 'key',
    BATON_UPDATE_PUBKEY: 'public half',
    BATON_UPDATE_ENDPOINT: 'https://example.com/latest.json',
    WINDOWS_CERTIFICATE_THUMBPRINT: 'A1B2',
  });
  assert.deepEqual(faults(config), []);
  assert.deepEqual(faults(merge(config, signed)), []);
  assert.notDeepEqual(faults(merge(config, { bundle: { icons: [] } })), []);
});

test("its version is the workspace's", () => {
  assert.equal(config.version, undefined);
});

test('every file that the bundle names exists, or is made by the build', () => {
  const { bundle } = config;
  const build = readFileSync(new URL('../scripts/build.sh', tauri), 'utf8');
  const isMade = (path) => path.startsWith('../target/') && build.includes(` ${path.slice('../'.length)} `);
  const files = [
    ...bundle.icon,
    bundle.linux.deb.desktopTemplate,
    bundle.linux.rpm.desktopTemplate,
    bundle.windows.nsis.installerIcon,
    ...Object.values(bundle.linux.deb.files),
    ...Object.values(bundle.linux.rpm.files),
    ...Object.values(bundle.linux.appimage.files),
    ...Object.values(bundle.macOS.files),
  ];
  assert.deepEqual(
    files.filter((path) => !isMade(path) && !existsSync(new URL(path, tauri))),
    [],
  );
});

test("every drawn size goes into the packages, and the window's own picture comes first", () => {
  const { icon } = config.bundle;
  assert.equal(icon[0], 'icons/128x128.png');
  const wanted = [...pngSizes.map((size) => `icons/${size}x${size}.png`), 'icons/icon.icns', 'icons/icon.ico'];
  assert.deepEqual([...icon].sort(), wanted.sort());
});

test('no installer asks for an administrator on Windows, and both languages are there', () => {
  const { nsis, wix } = config.bundle.windows;
  assert.equal(nsis.installMode, 'currentUser');
  assert.deepEqual(nsis.languages, ['English', 'German']);
  assert.deepEqual(wix.language, ['en-US', 'de-DE']);
});

test('the window runs no script and loads nothing but its own files', () => {
  const { csp } = config.app.security;
  const rules = typeof csp === 'string' ? csp : Object.values(csp).flat().join(' ');
  assert.doesNotMatch(rules, /unsafe-(inline|eval)|https:|\*|data:.*script/);
  assert.equal(csp['script-src'], "'self'");
  assert.equal(csp['default-src'], "'self'");
  assert.equal(csp['object-src'], "'none'");
  assert.equal(config.app.withGlobalTauri, false);
  assert.notEqual(config.app.security.dangerousDisableAssetCspModification, true);
});

test('a build without a key looks for no updates; a release finds them over https and binds them to their version', () => {
  assert.deepEqual(config.plugins.updater.endpoints, []);
  assert.equal(config.plugins.updater.requireSignedVersion, true);
  assert.equal(config.bundle.createUpdaterArtifacts, false);
  const { config: none, left } = releaseConfig({
    TAURI_SIGNING_PRIVATE_KEY: '',
    BATON_UPDATE_ENDPOINT: 'https://example.com/',
  });
  assert.deepEqual(none, {});
  assert.equal(left.length, 2);
  const keys = { TAURI_SIGNING_PRIVATE_KEY: 'key', BATON_UPDATE_PUBKEY: 'public half' };
  const { config: signed } = releaseConfig({ ...keys, BATON_UPDATE_ENDPOINT: 'https://example.com/latest.json' });
  assert.deepEqual(signed.plugins.updater, { pubkey: 'public half', endpoints: ['https://example.com/latest.json'] });
  assert.equal(signed.bundle.createUpdaterArtifacts, true);
  assert.throws(() => releaseConfig({ ...keys, BATON_UPDATE_ENDPOINT: 'http://example.com/latest.json' }), /https/);
  assert.throws(() => releaseConfig({ TAURI_SIGNING_PRIVATE_KEY: 'key' }), /public half/);
});
