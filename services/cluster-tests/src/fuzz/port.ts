import { writeToPort } from './edge-targets';

export const fuzz = writeToPort;
