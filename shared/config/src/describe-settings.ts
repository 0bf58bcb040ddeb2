import { rowOf, type SettingKey, type Settings, settingKeys } from './settings-table';

/** Lines `NAME=value   # meaning` that could be an env file, with passwords left out. */
export function describeSettings(settings: Settings): string {
  const assignments = settingKeys.map((key) => `${rowOf(key).name}=${rowOf(key).print(settings[key])}`);
  const width = Math.max(...assignments.map((assignment) => assignment.length));
  return settingKeys.map((key, index) => `${assignments[index]!.padEnd(width)}   # ${meaningOf(key)}\n`).join('');
}

export function meaningOf(key: SettingKey): string {
  const { meaning, zero } = rowOf(key);
  return zero === undefined ? meaning : `${meaning} 0: ${zero}.`;
}
