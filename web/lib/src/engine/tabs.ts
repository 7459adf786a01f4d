// One engine a browser: two would use a group's state twice. The tab that holds
// the lock leads; the others wait, and may ask it to hand over.

export interface LockManagerLike {
  request(
    name: string,
    options: { mode?: "exclusive"; ifAvailable?: boolean; signal?: AbortSignal },
    callback: (lock: unknown) => Promise<unknown> | unknown,
  ): Promise<unknown>;
}

export interface ChannelLike {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** A tab that sees another one ask for the lead waits so long before it queues again. */
const YIELD = 1_000;

export class Lead {
  /** resolves when this tab leads; the app may be told that it waits meanwhile */
  readonly #locks: LockManagerLike | null;
  readonly #name: string;
  readonly #channel: ChannelLike | null;
  readonly #asked: () => void;
  #release: (() => void) | null = null;
  #waiting: AbortController | null = null;
  #closed = false;

  /** asked: another tab wants to lead; answer by release(). */
  constructor(name: string, locks: LockManagerLike | null, channel: ChannelLike | null, asked: () => void) {
    this.#name = `ngx-chat:${name}`;
    this.#locks = locks;
    this.#channel = channel;
    this.#asked = asked;
    if (channel) channel.onmessage = () => this.#heard();
  }

  /** Whether nobody else leads: then this tab does. */
  tryAcquire(): Promise<boolean> {
    return this.#request({ ifAvailable: true });
  }

  /** Leads as soon as the others let it. */
  async acquire(): Promise<boolean> {
    while (!this.#closed) {
      const waiting = new AbortController();
      this.#waiting = waiting;
      try {
        return await this.#request({ signal: waiting.signal });
      } catch {
        // another tab was asked for: it comes first
        await new Promise((resolve) => setTimeout(resolve, YIELD));
      }
    }
    return false;
  }

  /** Asks the leading tab to let go, and the waiting ones to let this one through. */
  ask(): void {
    this.#channel?.postMessage("lead");
  }

  release(): void {
    this.#release?.();
    this.#release = null;
  }

  close(): void {
    this.#closed = true;
    this.#waiting?.abort();
    this.release();
    this.#channel?.close();
  }

  #heard(): void {
    if (this.#release) this.#asked();
    else this.#waiting?.abort();
  }

  #request(options: { ifAvailable?: boolean; signal?: AbortSignal }): Promise<boolean> {
    const locks = this.#locks;
    if (!locks) {
      this.#release = () => {};
      return Promise.resolve(true);
    }
    return new Promise((resolve, reject) => {
      locks
        .request(this.#name, { mode: "exclusive", ...options }, (lock) => {
          if (lock === null) {
            resolve(false);
            return;
          }
          return new Promise<void>((release) => {
            this.#release = release;
            this.#waiting = null;
            resolve(true);
          });
        })
        .catch(reject);
    });
  }
}
