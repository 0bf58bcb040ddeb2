export { type CommandLine, parseCommandLine, type SettingsCheck } from './command-line';
export { type ComposeVariable, composeVariables } from './compose-variables';
export { describeSettings } from './describe-settings';
export { defaultSettings, type Environment, readSettings, SettingsError } from './read-settings';
export { withoutPassword } from './setting';
export { exampleEnvironment, settingsDocument, settingsMarkdownTable } from './settings-document';
export { type SettingKey, type Settings, settingsTable } from './settings-table';
