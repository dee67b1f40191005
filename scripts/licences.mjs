// Lists whose work goes into the desktop app and the command line, with each one's licence: ui/src/screens/settings/licences.json.
// Usage: node scripts/licences.mjs            writes the list anew, for every system that Baton is built for
//        node scripts/licences.mjs --check    says whether it is current, without the network
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';

/** A file of the project. */
export const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const LIST = here('ui/src/screens/settings/licences.json');
const PROGRAMS = ['baton-desktop', 'baton-cli'];
const SYSTEMS = ['x86_64-unknown-linux-gnu', 'x86_64-pc-windows-msvc', 'x86_64-apple-darwin', 'aarch64-apple-darwin'];

/** "MIT/Apache-2.0" is how SPDX's "MIT OR Apache-2.0" was once written. */
const spdx = (licence) => licence.replaceAll(/\s*\/\s*/g, ' OR ');

const byName = ([a, one], [b, other]) => a.localeCompare(b, 'en') || one.localeCompare(other, 'en');

/** The crates that `cargo metadata` says are linked into the programs: [name, version, licence]. */
export function crates({ packages, resolve }) {
  const known = new Map(packages.map((one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const isMacro = ({ targets }) => targets.some(({ kind }) => kind.includes('proc-macro'));
  const open = packages.filter(({ name, source }) => source === null && PROGRAMS.includes(name)).map(({ id }) => id);
  const reached = new Set(open);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      // What only builds, tests or writes code does not come along.
      const comes = dep_kinds.some(({ kind }) => kind === null) && !isMacro(known.get(pkg));
      if (comes && !reached.has(pkg)) {
        reached.add(pkg);
        open.push(pkg);
      }
    }
  }
  return [...reached]
    .map((id) => known.get(id))
    .filter(({ source }) => source !== null)
    .map(({ name, version, license }) => {
      if (!license) throw new Error(`${name} ${version} names no licence`);
      return [name, version, spdx(license)];
    });
}

/** Which licence a text is by its first line: some packages carry the text alone. */
const titled = (text) => ({ 'MIT License': 'MIT', 'ISC License': 'ISC' })[text.trim().split(/\r?\n/)[0]];

/** The packages that the window is made with: [name, version, licence]. */
export function modules(lock, read = (path) => readFileSync(here(path), 'utf8')) {
  return Object.entries(lock.packages)
    .filter(([path, one]) => path !== '' && !one.dev && !one.optional)
    .map(([path, one]) => {
      const { license = titled(read(`${path}/LICENSE`)) } = JSON.parse(read(`${path}/package.json`));
      if (typeof license !== 'string') throw new Error(`${path} names no licence`);
      return [path.split('node_modules/').at(-1), one.version, spdx(license)];
    })
    .sort(byName);
}

/** Each once, in order. */
export const once = (lists) => [...new Map(lists.flat().map((one) => [one.join(' '), one])).values()].sort(byName);

/** What cargo knows of the packages for one system. */
export function metadata(system, offline) {
  const words = ['metadata', '--locked', '--format-version', '1', '--filter-platform', system];
  if (offline) words.push('--offline');
  return JSON.parse(execFileSync('cargo', words, { cwd: here('.'), maxBuffer: 2 ** 28, encoding: 'utf8' }));
}

/** What is wrong with the list, as far as this computer can tell: it may lack the crates of other systems. */
export function faults(list, { linked, locked, packages }) {
  const named = (lines) => new Set(lines.map((line) => line.join(' ')));
  const [rust, npm] = [named(list.crates), named(list.modules)];
  return [
    ...linked.filter((one) => !rust.has(one.join(' '))).map((one) => `${one.join(' ')} is missing`),
    ...list.crates.filter(([name, version]) => !locked.has(`${name} ${version}`)).map((one) => `${one[0]} is no more`),
    ...packages.filter((one) => !npm.has(one.join(' '))).map((one) => `${one.join(' ')} is missing`),
    ...list.modules.filter((one) => !named(packages).has(one.join(' '))).map((one) => `${one[0]} is no more`),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
  const packages = modules(JSON.parse(readFileSync(here('package-lock.json'), 'utf8')));
  if (values.check) {
    const host = /^host: (.+)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))[1];
    const linked = once([crates(metadata(host, true))]);
    const entries = readFileSync(here('Cargo.lock'), 'utf8').matchAll(/^name = "([^"]+)"\nversion = "([^"]+)"/gm);
    const locked = new Set([...entries].map(([, name, version]) => `${name} ${version}`));
    const found = faults(JSON.parse(readFileSync(LIST, 'utf8')), { linked, locked, packages });
    for (const fault of found) console.error(`licences: ${fault}`);
    if (found.length > 0) {
      console.error('licences: node scripts/licences.mjs writes the list anew');
      process.exitCode = 1;
    }
  } else {
    const list = { crates: once(SYSTEMS.map((system) => crates(metadata(system, false)))), modules: packages };
    const text = JSON.stringify(list);
    writeFileSync(LIST, await format(text, { ...(await resolveConfig(LIST)), parser: 'json' }));
    console.log(`${list.crates.length} crates, ${list.modules.length} packages`);
  }
}
