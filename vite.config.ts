import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** The address that `tauri dev` opens too. */
const port = 5173;

export default defineConfig({
  root: 'ui',
  // The vite root is ui/; the configuration lies beside this file.
  plugins: [svelte({ configFile: '../svelte.config.js' })],
  clearScreen: false,
  server: { host: '127.0.0.1', port, strictPort: process.env['TAURI_ENV_PLATFORM'] !== undefined },
  preview: { host: '127.0.0.1' },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    // WebKitGTK 2.40, Safari 16.4 and WebView2 all know this.
    target: 'es2022',
    // Pictures stay files: the content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Tests run what a browser would run, not Svelte's server side.
  ...(process.env['VITEST'] === undefined ? {} : { resolve: { conditions: ['browser'] } }),
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
});
