// Gathers what a release consists of, and writes the file that the updater reads and the checksums.
// Usage: node scripts/release-manifest.mjs collect --from BUNDLES --to FOLDER --arch x86_64|aarch64
//            copies the installers, update packages and signatures below BUNDLES into one folder
//        node scripts/release-manifest.mjs write --in FOLDER --version 1.2.3 --base URL [--notes FILE]
//            writes FOLDER/latest.json (where there are signatures) and FOLDER/SHA256SUMS
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Endings of the files that people download, and of the signatures beside them. */
const wanted = ['.AppImage', '.deb', '.rpm', '.dmg', '.msi', '-setup.exe', '.app.tar.gz'];

/** The command line alone. */
const commandLine = /^baton-cli_.*\.tar\.gz$/;

/**
 * Which file updates which installation: the updater asks for `{system}-{processor}-{installer}`, then for
 * `{system}-{processor}`. A deb or rpm is the package manager's to replace, so it has no line here; the plain Linux line
 * tells such an installation that there is something newer.
 */
const targets = [
  ['linux-x86_64', /_amd64\.AppImage$/],
  ['linux-aarch64', /_aarch64\.AppImage$/],
  ['darwin-x86_64', /_x86_64\.app\.tar\.gz$/],
  ['darwin-aarch64', /_aarch64\.app\.tar\.gz$/],
  ['windows-x86_64', /_x64-setup\.exe$/],
  ['windows-x86_64-msi', /_x64_en-US\.msi$/],
];

/** The name a file has in the release. macOS update packages are all called Baton.app.tar.gz: add the processor. */
export function releaseName(name, arch) {
  return name.replace(/\.app\.tar\.gz(\.sig)?$/, `_${arch}.app.tar.gz$1`);
}

/** Copies what belongs to a release from below `from` into the folder `to`. Returns the names; throws where there is none. */
export function collect(from, to, arch) {
  mkdirSync(to, { recursive: true });
  const belongs = (name) =>
    commandLine.test(name) || wanted.some((ending) => name.replace(/\.sig$/, '').endsWith(ending));
  const names = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && belongs(entry.name))
    // What the bundlers worked with is no part of the release.
    .filter((entry) => !/\.AppDir|\.app[\\/]/.test(join(entry.parentPath ?? entry.path, '')))
    .map((entry) => {
      const name = releaseName(entry.name, arch);
      copyFileSync(join(entry.parentPath ?? entry.path, entry.name), join(to, name));
      return name;
    });
  if (names.length === 0) throw new Error(`there are no installers below ${from}`);
  return names.sort();
}

/**
 * What the updater reads: version, notes, date, and per target the address of the package with its signature.
 * `signatures` maps file name -> content of its .sig file; `base` is the address that file names are added to.
 */
export function latestJson({ version, notes, date, base, signatures }) {
  const platforms = {};
  for (const [target, pattern] of targets) {
    const names = [...signatures.keys()].filter((name) => pattern.test(name));
    if (names.length > 1) throw new Error(`${target} has several packages: ${names.join(', ')}`);
    const [name] = names;
    if (name === undefined) continue;
    const url = `${base.replace(/\/$/, '')}/${encodeURIComponent(name)}`;
    platforms[target] = { signature: signatures.get(name).trim(), url };
  }
  return { version, notes, pub_date: date.toISOString(), platforms };
}

/** Lines as `sha256sum --check` reads them, sorted by name. */
export function checksums(folder) {
  return readdirSync(folder)
    .filter((name) => name !== 'SHA256SUMS')
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}  ${name}\n`,
    )
    .join('');
}

/** Writes latest.json, where anything is signed, and SHA256SUMS. Returns the targets that can update themselves. */
export function write({ folder, version, notes, date, base }) {
  const files = readdirSync(folder).filter((name) => name !== 'latest.json');
  const stray = files.filter((name) => name.endsWith('.sig') && !files.includes(name.replace(/\.sig$/, '')));
  if (stray.length > 0) throw new Error(`signatures without a file: ${stray.join(', ')}`);
  const old = files.filter((name) => !name.includes(version) && !/\.app\.tar\.gz(\.sig)?$|^SHA256SUMS$/.test(name));
  if (old.length > 0) throw new Error(`not of version ${version}: ${old.join(', ')}`);
  const signatures = new Map(
    files
      .filter((name) => name.endsWith('.sig'))
      .map((name) => [basename(name, '.sig'), readFileSync(join(folder, name), 'utf8')]),
  );
  const latest = latestJson({ version, notes, date, base, signatures });
  const found = Object.keys(latest.platforms);
  if (found.length > 0) writeFileSync(join(folder, 'latest.json'), `${JSON.stringify(latest, null, 2)}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), checksums(folder));
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const options = { from: text, to: text, arch: text, in: text, version: text, base: text, notes: text };
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const need = (name) => values[name] ?? fail(`--${name} is missing`);
  const fail = (message) => {
    console.error(`release-manifest: ${message}`);
    process.exit(1);
  };
  try {
    if (positionals[0] === 'collect') {
      for (const name of collect(need('from'), need('to'), need('arch'))) console.log(name);
    } else if (positionals[0] === 'write') {
      const notes = values.notes ? readFileSync(values.notes, 'utf8').trim() : '';
      const found = write({
        folder: need('in'),
        version: need('version'),
        notes,
        date: new Date(),
        base: need('base'),
      });
      console.log(
        found.length > 0 ? `updates itself: ${found.join(', ')}` : 'nothing is signed: no latest.json, no updates',
      );
    } else fail('say collect or write');
  } catch (error) {
    fail(error.message);
  }
}
