import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte'));
const styleOf = (file: string) => /<style>([\s\S]*)<\/style>/.exec(readFileSync(join(root, file), 'utf8'))?.[1] ?? '';

describe('components take their looks from the tokens', () => {
  it('and there are components to look at', () => expect(files.length).toBeGreaterThan(30));

  it.each(files)('%s', (file) => {
    const style = styleOf(file);
    expect(style.match(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(/gi) ?? [], 'colours').toEqual([]);
    expect(style.match(/(?<![\w-])\d*\.?\d+m?s\b/g) ?? [], 'durations').toEqual([]);
    expect(style.match(/(?:font-size|border-radius):(?!\s*(?:var|inherit|0;))[^;]*/g) ?? [], 'sizes').toEqual([]);
  });
});
