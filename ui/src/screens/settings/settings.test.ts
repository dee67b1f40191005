import { describe, expect, it } from 'vitest';
import { t } from '../../text/index';
import { settingGroups, stepsWith } from './settings';

const words = (id: string) => ({ label: id, help: id === 'theme' ? 'Light or dark' : '' });
const ids = (search: string, system = 'linux') =>
  settingGroups(search, words, system).flatMap((group) => group.settings.map(({ id }) => id));

describe('the search in settings', () => {
  it('finds everything with nothing typed', () => expect(ids('')).toHaveLength(22));
  it('leaves out what the system cannot tell', () => {
    expect(ids('onMetered')).toEqual(['onMetered']);
    expect(ids('onMetered', 'windows')).toEqual([]);
  });
  it('looks at labels and help, in any case and order', () => {
    expect(ids('DARK light')).toEqual(['theme']);
    expect(ids('units')).toEqual(['units']);
  });
  it('finds a whole group by its name', () => {
    expect(ids(t('settings.group.notifications'))).toEqual(['notifyAttention', 'notifyArrivals']);
  });
  it('leaves out groups without a hit', () => {
    expect(settingGroups('theme', words, 'linux')).toHaveLength(1);
    expect(settingGroups('nothing like it', words, 'linux')).toEqual([]);
  });
});

describe('the steps of a choice', () => {
  it('hold what the file says even where it is none of them', () => {
    expect(stepsWith([60, 180], 180)).toEqual([60, 180]);
    expect(stepsWith([60, 180], 90)).toEqual([60, 90, 180]);
  });
});
