import { readJson } from './codec-targets';

export const fuzz = readJson;
