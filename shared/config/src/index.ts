export { type CommandLine, parseCommandLine, type SettingsCheck } from './command-line';
export { describeSettings, meaningOf } from './describe-settings';
export { defaultSettings, type Environment, readSettings, refusalOf, SettingsError } from './read-settings';
export { withoutPassword } from './redis-url';
export { mostHostCharacters } from './setting';
export { rowOf, type SettingKey, type Settings, settingKeys, settingsTable } from './settings-table';
