/** Channels that were subscribed together; `unheard` of them have not brought a number yet. */
type Group = { channels: readonly string[]; unheard: Set<string> };

/** Channels that were subscribed anew, until a first number has come on each of those that were subscribed with it. */
export class FreshChannels {
  private groups: Group[] = [];

  /** Those without a number. */
  get channels(): string[] {
    return this.groups.flatMap(({ unheard }) => [...unheard]);
  }

  has(channel: string): boolean {
    return this.groups.some(({ channels }) => channels.includes(channel));
  }

  /**
   * A channel that was fresh before is one of this group alone from now on. Answers those that no other of their group holds up
   * any more.
   */
  add(channels: readonly string[]): string[] {
    const groups = this.groups.map((group) => without(group, channels));
    this.groups = groups.filter(({ unheard }) => unheard.size > 0);
    if (channels.length > 0) this.groups.push({ channels, unheard: new Set(channels) });
    return groups.filter(({ unheard }) => unheard.size === 0).flatMap((group) => group.channels);
  }

  /** The first number has come. Answers all that were subscribed with it when they are all heard now; none otherwise. */
  settle(channel: string): readonly string[] {
    const group = this.groups.find(({ unheard }) => unheard.delete(channel));
    if (group === undefined || group.unheard.size > 0) return [];
    this.groups = this.groups.filter((one) => one !== group);
    return group.channels;
  }
}

function without({ channels, unheard }: Group, others: readonly string[]): Group {
  const isLeft = (channel: string) => !others.includes(channel);
  return { channels: channels.filter(isLeft), unheard: new Set([...unheard].filter(isLeft)) };
}
