import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Forbids imports whose path matches; types stay free, because they leave nothing behind. */
const forbid = (group, message) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group, message, allowTypeImports: true }] }],
});

const tauri = ['@tauri-apps/*'];
const onlyIpc = 'only ui/src/ipc speaks to Tauri';

export default ts.config(
  // The harness's pieces of script are put together with others before they run.
  { ignores: ['ui/src/ipc/bindings.ts', 'dist/', 'target/', 'node_modules/', 'tests/tests/desktop/harness/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: {
      // TypeScript itself checks names.
      'no-undef': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Values that arrive whole live in $state.raw; a Map in them is never changed in place.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-console': 'error',
      // Kit's router is not here.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  // Programs for a terminal speak there.
  { files: ['scripts/**', 'tests/**'], languageOptions: { globals: globals.node }, rules: { 'no-console': 'off' } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  { files: ['ui/src/**'], rules: forbid(tauri, onlyIpc) },
  { files: ['ui/src/ipc/**'], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  {
    files: ['ui/src/components/**', 'ui/src/charts/**'],
    rules: forbid(
      [...tauri, '**/state/**', '**/ipc/**', '**/screens/**'],
      'components and charts get what they show as properties',
    ),
  },
  // A screen reaches its own folder by ./ alone.
  {
    files: ['ui/src/screens/**'],
    rules: forbid(
      [
        ...tauri,
        '**/screens/**',
        '../home/**',
        '../activities/**',
        '../accounts/**',
        '../body/**',
        '../history/**',
        '../settings/**',
        '../welcome/**',
      ],
      'screens do not import each other',
    ),
  },
);
