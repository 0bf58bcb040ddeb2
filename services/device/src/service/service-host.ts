/** What runs the agent at each login: systemd, launchd, or Windows' Startup folder. */
export type ServiceHost = {
  readonly file: ServiceFile;
  /** Has it run from now on. @param endAgent ends one that runs by “openrelay up”, which has the device as long */
  start(written: Written, endAgent: () => Promise<void>): Promise<Started>;
  /** Ends it, and takes it from what is started; the file is removed by `removed`, in between. */
  stop(removed: () => Promise<void>): Promise<void>;
};

export type ServiceFile = { readonly path: string; readonly text: string };

/** `same`: it was there already, word by word. */
export type Written = 'new' | 'same';

export type Started = {
  /** `login`: from the next login on. */
  readonly runs: 'now' | 'login' | 'when told';
  /** What a person has to know or type, in sentences. */
  readonly sentences: readonly string[];
};
