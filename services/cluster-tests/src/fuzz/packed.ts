import { readPacked } from './codec-targets';

export const fuzz = readPacked;
