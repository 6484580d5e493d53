/** After how long a silence a peer is asked for a sign of life, and given up. */
export const SILENCE_MS = 30_000;

/**
 * Decides when to ping a peer.
 *
 * Only one that pings itself is pinged: boot firmware closes the connection when a NOP-In comes.
 */
export class KeepAlive {
  #heardAtMs: number;
  #isPinged = false;
  #mayPing: boolean;

  /** `mayPing`: from the beginning, without waiting for the peer's own pings. */
  constructor(nowMs: number, mayPing = false) {
    this.#heardAtMs = nowMs;
    this.#mayPing = mayPing;
  }

  /** Bytes came. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#isPinged = false;
  }

  /** The peer knows pings. */
  allow(): void {
    this.#mayPing = true;
  }

  /** What is to be done now; asked again only after `wakeAtMs`. */
  due(nowMs: number): 'ping' | 'lost' | undefined {
    if (!this.#mayPing || nowMs < this.wakeAtMs!) return undefined;
    if (this.#isPinged) return 'lost';
    this.#isPinged = true;
    return 'ping';
  }

  get wakeAtMs(): number | undefined {
    if (!this.#mayPing) return undefined;
    return this.#heardAtMs + SILENCE_MS * (this.#isPinged ? 2 : 1);
  }
}
