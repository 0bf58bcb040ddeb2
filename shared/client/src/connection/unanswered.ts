import { RelayError } from './relay-error';

type Question<Answer> = {
  readonly answer: (answer: Answer) => void;
  readonly refuse: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
};

/** More than this without an answer means that the relay is stuck, or that the caller never waits. */
const maxQuestions = 10_000;

/** What was asked of the relay and is not answered yet, oldest first; each question is answered, refused or timed out. */
export class Unanswered<Answer> {
  private readonly questions = new Map<string, Question<Answer>>();

  constructor(private readonly timeoutMs: number) {}

  /** Rejects with a RelayError: the relay's, `timeout` or `closed`; throws `busy` when too much, or this very key, is waiting. */
  ask(key: string, what: string): Promise<Answer> {
    if (this.questions.has(key) || this.questions.size >= maxQuestions) {
      throw new RelayError('busy', `${what}: ${this.questions.size} answers are still awaited`);
    }
    return new Promise((answer, refuse) => {
      const timeout = new RelayError('timeout', `${what} was not answered within ${this.timeoutMs} ms`);
      const timer = setTimeout(() => this.refuse(key, timeout), this.timeoutMs);
      this.questions.set(key, { answer, refuse, timer });
    });
  }

  /** True when there was such a question; so in all below. */
  answer(key: string, answer: Answer): boolean {
    const question = this.remove(key);
    question?.answer(answer);
    return question !== undefined;
  }

  answerOldest(answer: Answer): boolean {
    const oldest = this.oldestKey();
    return oldest !== undefined && this.answer(oldest, answer);
  }

  refuse(key: string, error: Error): boolean {
    const question = this.remove(key);
    question?.refuse(error);
    return question !== undefined;
  }

  refuseOldest(error: Error): boolean {
    const oldest = this.oldestKey();
    return oldest !== undefined && this.refuse(oldest, error);
  }

  refuseAll(error: Error): void {
    for (const key of this.questions.keys()) {
      this.refuse(key, error);
    }
  }

  private oldestKey(): string | undefined {
    return this.questions.keys().next().value;
  }

  private remove(key: string): Question<Answer> | undefined {
    const question = this.questions.get(key);
    if (question !== undefined) {
      clearTimeout(question.timer);
      this.questions.delete(key);
    }
    return question;
  }
}
