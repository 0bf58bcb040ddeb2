/** `link`: of the connection; `trouble`: what a person should know of, whatever they are doing. */
export type LogWeight = 'news' | 'link' | 'trouble';

/** Takes a sentence of what the device does by itself. Without what must stay secret. */
export type Log = (sentence: string, weight: LogWeight) => void;
