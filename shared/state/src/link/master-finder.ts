import {
  type Redis,
  type RedisOptions,
  type SentinelAddress,
  type SentinelConnectionOptions,
  SentinelConnector,
} from 'ioredis';
import { NobodyAnswers, reasonOf } from './redis-errors';

/** What ioredis keeps to itself: its connection to one Sentinel, whose errors it hides. */
type Inner = { connectToSentinel(sentinel: Partial<SentinelAddress>, changes?: RedisOptions): Redis };

/** Why a Sentinel does not help; the password before the hosts is not for it. */
function causeOf(error: Error): string {
  const reason = reasonOf(error);
  return reason.startsWith('NOAUTH') ? `${reason} of its own (?sentinelPassword=PASSWORD)` : reason;
}

/** Finds the master by asking Sentinels, as ioredis does, and tells why when none of them helps. */
export class MasterFinder extends SentinelConnector {
  private cause = 'none answers';
  private tell: (type: string, error: Error) => void = () => undefined;

  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
    const inner = this as unknown as Inner;
    const connectToSentinel = inner.connectToSentinel.bind(this);
    inner.connectToSentinel = (sentinel, changes) => {
      const connection = connectToSentinel(sentinel, changes);
      connection.on('error', (error) => {
        this.cause = causeOf(error);
      });
      return connection;
    };
  }

  override connect(tell: (type: string, error: Error) => void): ReturnType<SentinelConnector['connect']> {
    this.tell = tell;
    return super.connect((type, error) => this.hear(type, error));
  }

  private hear(type: string, error: Error): void {
    if (type === 'error') {
      // It says when it will ask again, to a fraction of a microsecond.
      this.tell(type, new NobodyAnswers(`no Sentinel tells where the master is: ${this.cause}`));
      return;
    }
    const [, refusal] = /^failed to connect to sentinel \S+ because (.*)$/s.exec(error.message) ?? [];
    if (refusal !== undefined && !refusal.startsWith('Connection is closed')) this.cause = causeOf(new Error(refusal));
    this.tell(type, error);
  }

  override check(info: { role?: string }): boolean {
    const isMaster = super.check(info);
    if (!isMaster) this.tell('error', new Error('the server that Sentinel names is a replica, not the master'));
    return isMaster;
  }
}
