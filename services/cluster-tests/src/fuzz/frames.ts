import { sayToEdge } from './edge-targets';

export const fuzz = sayToEdge;
