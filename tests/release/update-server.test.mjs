// The update server of the tests does what an updater relies on: its signatures hold, and the wrong ones do not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeKeys, serveUpdate } from './update-server.mjs';

let folder;
let keys;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'baton-updates-'));
  keys = makeKeys(folder);
});
after(() => rmSync(folder, { recursive: true }));

const lines = (base64) => Buffer.from(base64, 'base64').toString('utf8').split('\n');

/**
 * Checks a minisign signature as its specification says: Ed25519 over the BLAKE2b hash of the file, and Ed25519 over
 * that signature and the trusted comment. Returns the trusted comment, or null where either does not hold.
 */
function trustedComment(bytes, signature, pubkey) {
  const publicBytes = Buffer.from(lines(pubkey)[1], 'base64');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicBytes.subarray(10)]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const [, first, commentLine, second] = lines(signature);
  const head = Buffer.from(first, 'base64');
  const comment = commentLine.replace(/^trusted comment: /, '');
  assert.equal(head.toString('latin1', 0, 2), 'ED');
  assert.deepEqual(head.subarray(2, 10), publicBytes.subarray(2, 10), 'signed with another key');
  const ofFile = verify(null, createHash('blake2b512').update(bytes).digest(), key, head.subarray(10));
  const ofComment = verify(
    null,
    Buffer.concat([head.subarray(10), Buffer.from(comment)]),
    key,
    Buffer.from(second, 'base64'),
  );
  return ofFile && ofComment ? comment : null;
}

/** What an updater on `target` gets: the announcement, and the package with its signature. */
async function fetchUpdate(endpoint, target = 'linux-x86_64') {
  const latest = await (await fetch(endpoint)).json();
  const { url, signature } = latest.platforms[target];
  return { latest, signature, bytes: Buffer.from(await (await fetch(url)).arrayBuffer()) };
}

test('a package and its signature belong together, for every system', async () => {
  const artifact = Buffer.from('the newer Baton');
  const server = await serveUpdate({ version: '9.9.9', key: keys.key, artifact, notes: '- Better' });
  try {
    for (const target of ['linux-x86_64', 'darwin-aarch64', 'darwin-x86_64', 'windows-x86_64', 'windows-x86_64-msi']) {
      const { latest, signature, bytes } = await fetchUpdate(server.endpoint, target);
      assert.equal(latest.version, '9.9.9');
      assert.equal(latest.notes, '- Better');
      assert.deepEqual(bytes, artifact);
      assert.match(trustedComment(bytes, signature, keys.pubkey), /\tversion:9\.9\.9$/);
    }
    assert.equal(server.requests[0], '/latest.json');
    assert.equal((await fetch(new URL('/other', server.endpoint))).status, 404);
    assert.equal((await fetch(server.endpoint, { method: 'POST' })).status, 405);
  } finally {
    await server.close();
  }
});

test('a wrong signature does not hold', async () => {
  const server = await serveUpdate({ version: '9.9.9', key: keys.key, badSignature: true });
  try {
    const { signature, bytes } = await fetchUpdate(server.endpoint);
    assert.equal(trustedComment(bytes, signature, keys.pubkey), null);
  } finally {
    await server.close();
  }
});

test('an older package under a newer number shows in what is signed', async () => {
  const server = await serveUpdate({ version: '9.9.9', key: keys.key, signedVersion: '0.0.1' });
  try {
    const { latest, signature, bytes } = await fetchUpdate(server.endpoint);
    assert.equal(latest.version, '9.9.9');
    assert.match(trustedComment(bytes, signature, keys.pubkey), /\tversion:0\.0\.1$/);
  } finally {
    await server.close();
  }
});

test('as a program it says its address, tells each request, and ends with its input', async () => {
  writeFileSync(join(folder, 'package'), 'the newer Baton');
  const script = fileURLToPath(new URL('update-server.mjs', import.meta.url));
  const parts = ['serve', '--version', '9.9.9', '--key', keys.key, '--artifact', join(folder, 'package')];
  const program = spawn(process.execPath, [script, ...parts], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => program.once('exit', resolve));
  const said = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await said.next()).value);
  try {
    const { endpoint } = await next();
    assert.equal(new URL(endpoint).hostname, '127.0.0.1');
    const { bytes } = await fetchUpdate(endpoint);
    assert.equal(bytes.toString(), 'the newer Baton');
    assert.deepEqual(await next(), { request: '/latest.json' });
  } finally {
    program.stdin.end();
  }
  assert.equal(await ended, 0);
});
