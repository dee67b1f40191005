// Which settings there are, in which group, and which of them a search means.

import { t, type TextKey } from '../../text/index';

export type SettingId =
  | 'interval'
  | 'afterWaking'
  | 'onMetered'
  | 'lookBack'
  | 'startAtLogin'
  | 'keepRunning'
  | 'language'
  | 'units'
  | 'theme'
  | 'notifyAttention'
  | 'notifyArrivals'
  | 'laps'
  | 'timeInZone'
  | 'keepRaw'
  | 'archive'
  | 'config'
  | 'version'
  | 'update'
  | 'privacy'
  | 'licences'
  | 'diagnostics'
  | 'forget';

export type Setting = { id: SettingId; label: string; help: string };
export type SettingGroup = { id: string; title: string; settings: Setting[] };

const groups: [title: TextKey, ids: SettingId[]][] = [
  ['settings.group.sync', ['interval', 'afterWaking', 'onMetered', 'lookBack']],
  ['settings.group.general', ['startAtLogin', 'keepRunning', 'language', 'units', 'theme']],
  ['settings.group.notifications', ['notifyAttention', 'notifyArrivals']],
  ['settings.group.files', ['archive', 'laps', 'timeInZone', 'keepRaw', 'config']],
  ['settings.group.about', ['version', 'update', 'privacy', 'licences', 'diagnostics', 'forget']],
];

/** Only there the system tells Baton whether the network counts what is used. */
const onlyOn: Partial<Record<SettingId, string>> = { onMetered: 'linux' };

/** Groups with the settings that hold every word of the search in their label, help or group; empty groups are left out. */
export function settingGroups(
  search: string,
  words: (id: SettingId) => { label: string; help: string },
  system: string,
): SettingGroup[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  return groups
    .map(([key, ids]): SettingGroup => {
      const title = t(key);
      const settings = ids
        .filter((id) => (onlyOn[id] ?? system) === system)
        .map((id): Setting => ({ id, ...words(id) }))
        .filter(({ label, help }) => {
          const text = `${title} ${label} ${help}`.toLowerCase();
          return wanted.every((word) => text.includes(word));
        });
      return { id: key, title, settings };
    })
    .filter((group) => group.settings.length > 0);
}

/** The steps of a choice, with the value of the file among them where somebody wrote another. */
export function stepsWith(steps: number[], current: number): number[] {
  return steps.includes(current) ? steps : [...steps, current].sort((one, other) => one - other);
}
