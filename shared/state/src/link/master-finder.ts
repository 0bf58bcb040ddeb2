import {
  type Redis,
  type RedisOptions,
  type SentinelAddress,
  type SentinelConnectionOptions,
  SentinelConnector,
} from 'ioredis';
import { NobodyAnswers, reasonOf } from './redis-errors';

/** A private method of ioredis: it connects to one Sentinel, and hides the errors of that connection. */
type Inner = { connectToSentinel(sentinel: Partial<SentinelAddress>, changes?: RedisOptions): Redis };

/** Why a Sentinel does not help. A Sentinel has a password of its own: the one before the hosts is the master's. */
function causeOf(error: Error): string {
  const reason = reasonOf(error);
  return reason.startsWith('NOAUTH') ? `${reason} of its own (?sentinelPassword=PASSWORD)` : reason;
}

/** Finds the master by asking Sentinels, as ioredis does, and says why when none of them helps. */
export class MasterFinder extends SentinelConnector {
  private cause = 'none answers';
  private report: (type: string, error: Error) => void = () => undefined;

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

  override connect(report: (type: string, error: Error) => void): ReturnType<SentinelConnector['connect']> {
    this.report = report;
    return super.connect((type, error) => this.explain(type, error));
  }

  private explain(type: string, error: Error): void {
    if (type === 'error') {
      // Its own message ends with when it will ask again, to a fraction of a microsecond.
      this.report(type, new NobodyAnswers(`no Sentinel tells where the master is: ${this.cause}`));
      return;
    }
    const [, refusal] = /^failed to connect to sentinel \S+ because (.*)$/s.exec(error.message) ?? [];
    if (refusal !== undefined && !refusal.startsWith('Connection is closed')) this.cause = causeOf(new Error(refusal));
    this.report(type, error);
  }

  override check(info: { role?: string }): boolean {
    const isMaster = super.check(info);
    if (!isMaster) this.report('error', new Error('the server that Sentinel names is a replica, not the master'));
    return isMaster;
  }
}
