// An update server for tests, on this computer only: offers a version, signed with a throw-away key, or signed wrongly.
//
// node tests/release/update-server.mjs keys FOLDER
//     makes a key pair without a password: FOLDER/update.key and FOLDER/update.key.pub
// node tests/release/update-server.mjs serve --version 9.9.9 --key FILE [--artifact FILE] [--notes TEXT] [--port N]
//                                            [--bad-signature] [--signed-version 0.0.1]
//     prints one line of JSON, {"endpoint": "http://127.0.0.1:…/latest.json"}, then one line a request; ends with stdin
//
// --bad-signature signs other bytes than are served. --signed-version signs them as another version than is announced.
// Without --artifact a package of random bytes is served: the updater verifies what it downloaded before it looks inside.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { latestJson } from '../../scripts/release-manifest.mjs';

const tauri = fileURLToPath(new URL('../../node_modules/@tauri-apps/cli/tauri.js', import.meta.url));

/** Runs Tauri's signer. No key of the surroundings may slip in. */
function signer(...parts) {
  const env = { ...process.env, TAURI_SIGNING_PRIVATE_KEY_PASSWORD: '' };
  delete env.TAURI_SIGNING_PRIVATE_KEY;
  delete env.TAURI_SIGNING_PRIVATE_KEY_PATH;
  execFileSync(process.execPath, [tauri, 'signer', ...parts], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Makes a throw-away key pair. Returns the private key's file, and the public key as BATON_UPDATE_PUBKEY takes it. */
export function makeKeys(folder) {
  mkdirSync(folder, { recursive: true });
  const key = join(folder, 'update.key');
  signer('generate', '--ci', '--password', '', '--write-keys', key, '--force');
  return { key, pubkey: readFileSync(`${key}.pub`, 'utf8').trim() };
}

/** The signature of some bytes for a version, as a .sig file holds it: a minisign signature in base64. */
export function sign(bytes, key, version) {
  const folder = mkdtempSync(join(tmpdir(), 'baton-sign-'));
  try {
    const file = join(folder, 'package');
    writeFileSync(file, bytes);
    signer('sign', '--private-key-path', key, '--password', '', '--app-version', version, file);
    return readFileSync(`${file}.sig`, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Serves an update on 127.0.0.1. Returns its address, the paths asked for so far, and `close`.
 * `offer`: { version, key, artifact (bytes), notes, badSignature, signedVersion, port, onRequest(path) }.
 */
export async function serveUpdate(offer) {
  const artifact = offer.artifact ?? randomBytes(64 * 1024);
  const signed = offer.badSignature ? Buffer.concat([artifact, Buffer.from('!')]) : artifact;
  const signature = sign(signed, offer.key, offer.signedVersion ?? offer.version);
  // One package under the name of every system's: the signature is the same for all.
  const names = [
    'Baton_amd64.AppImage',
    'Baton_aarch64.AppImage',
    'Baton_x86_64.app.tar.gz',
    'Baton_aarch64.app.tar.gz',
  ];
  names.push('Baton_x64-setup.exe', 'Baton_x64_en-US.msi');
  const requests = [];

  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://127.0.0.1').pathname;
    requests.push(path);
    offer.onRequest?.(path);
    if (request.method !== 'GET') return response.writeHead(405).end();
    if (path === '/latest.json') {
      const latest = latestJson({
        version: offer.version,
        notes: offer.notes ?? '',
        date: new Date(),
        base: `http://127.0.0.1:${server.address().port}/download`,
        signatures: new Map(names.map((name) => [name, signature])),
      });
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(latest));
    }
    if (names.some((name) => path === `/download/${name}`)) {
      return response
        .writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': artifact.length })
        .end(artifact);
    }
    return response.writeHead(404).end();
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(offer.port ?? 0, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { endpoint: `http://127.0.0.1:${server.address().port}/latest.json`, requests, close };
}

async function serve(values) {
  const { endpoint, close } = await serveUpdate({
    version: values.version,
    key: values.key,
    artifact: values.artifact && readFileSync(values.artifact),
    notes: values.notes,
    badSignature: values['bad-signature'],
    signedVersion: values['signed-version'],
    port: Number(values.port ?? 0),
    onRequest: (path) => console.log(JSON.stringify({ request: path })),
  });
  console.log(JSON.stringify({ endpoint }));
  process.stdin.resume().on('end', close);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      version: text,
      key: text,
      artifact: text,
      notes: text,
      port: text,
      'signed-version': text,
      'bad-signature': { type: 'boolean' },
    },
  });
  const [command, folder] = positionals;
  if (command === 'keys' && folder) console.log(makeKeys(folder).pubkey);
  else if (command === 'serve' && values.version && values.key) await serve(values);
  else {
    console.error('usage: update-server.mjs keys FOLDER | serve --version V --key FILE [--bad-signature] …');
    process.exitCode = 2;
  }
}
