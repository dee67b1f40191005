// Writes the part of Tauri's configuration that only a release has: where updates are found and how they are signed.
// Usage: node scripts/release-config.mjs FILE      (then `npm run build -- --config FILE`)
// Reads BATON_UPDATE_ENDPOINT and BATON_UPDATE_PUBKEY, TAURI_SIGNING_PRIVATE_KEY (only whether it is there) and
// WINDOWS_CERTIFICATE_THUMBPRINT. What is not there is left out, and said.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The configuration for a release, and one sentence for each thing that it leaves out. */
export function releaseConfig(environment) {
  const get = (name) => environment[name]?.trim() || undefined;
  const key = get('TAURI_SIGNING_PRIVATE_KEY');
  const pubkey = get('BATON_UPDATE_PUBKEY');
  const endpoint = get('BATON_UPDATE_ENDPOINT');
  const thumbprint = get('WINDOWS_CERTIFICATE_THUMBPRINT');
  const config = {};
  const left = [];

  if (key && pubkey && endpoint) {
    if (!endpoint.startsWith('https://')) throw new Error(`updates must come over https, not from ${endpoint}`);
    config.plugins = { updater: { pubkey, endpoints: [endpoint] } };
    config.bundle = { createUpdaterArtifacts: true };
  } else if (key && !pubkey) {
    throw new Error('there is a key to sign updates with, but BATON_UPDATE_PUBKEY, its public half, is missing');
  } else {
    left.push('Updates are not signed, and this build does not look for any: no TAURI_SIGNING_PRIVATE_KEY.');
  }
  if (thumbprint) {
    config.bundle = { ...config.bundle, windows: { certificateThumbprint: thumbprint } };
  } else {
    left.push('Windows installers are not signed: no certificate.');
  }
  return { config, left };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2];
  if (!file) throw new Error('usage: release-config.mjs FILE');
  const { config, left } = releaseConfig(process.env);
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`);
  for (const line of left) console.log(line);
}
