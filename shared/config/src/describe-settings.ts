import { rowOf, type SettingKey, type Settings, settingKeys } from './settings-table';

/** An env file, with passwords left out: for each setting `# meaning`, and `NAME=value` on a line of its own. */
export function describeSettings(settings: Settings): string {
  const entry = (key: SettingKey) => `# ${meaningOf(key)}\n${rowOf(key).name}=${rowOf(key).print(settings[key])}\n`;
  return settingKeys.map(entry).join('');
}

export function meaningOf(key: SettingKey): string {
  const { meaning, zero } = rowOf(key);
  return zero === undefined ? meaning : `${meaning} 0: ${zero}.`;
}
