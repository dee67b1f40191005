import { expect, it } from 'vitest';
import { gearNamed } from './gear';

it('reads the identifier of gear out of its page’s address', () => {
  expect(gearNamed('https://connect.example/modern/gear/0f1e2d3c-4b5a/?tab=2#top')).toBe('0f1e2d3c-4b5a');
  expect(gearNamed(' 0f1e2d3c4b5a ')).toBe('0f1e2d3c4b5a');
  expect(gearNamed('  ')).toBeNull();
});
