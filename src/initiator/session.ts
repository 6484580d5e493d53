import type { Crc32c } from '../iscsi/digest.ts';
import { GatheredWrites } from '../iscsi/gathered-writes.ts';
import { InitiatorConnection } from '../iscsi/initiator-connection.ts';
import type { InitiatorRules } from '../iscsi/initiator-login.ts';
import type {
  CommandAnswer, InitiatorCommand, InitiatorOutput,
} from '../iscsi/initiator-output.ts';
import { addressText } from '../iscsi/names.ts';
import { byteLengthOf } from '../iscsi/pdu-writer.ts';
import type { Clock } from '../ports/clock.ts';
import type { Address, ByteStream, Network, StreamEvents } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import { type Deferred, deferred } from '../sam/deferred.ts';
import type { KeyValue } from '../wire/iscsi/keys.ts';
import type { Traffic } from './initiator.ts';

/** How long the target may take for a logout before the connection is cut. */
const LOGOUT_TIMEOUT_MS = 5_000;

export interface InitiatorPorts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** A faster CRC32C than the portable one, if there is one. */
  readonly crc32c?: Crc32c;
}

interface Waiting extends Deferred<CommandAnswer> {
  readonly signal: AbortSignal | undefined;
  /** Stops listening to the signal. */
  readonly release: () => void;
}

/** Counts of a session; the socket's own counts are asked when needed. */
class SessionTraffic implements Traffic {
  commands = 0;
  dataOutBytes = 0;
  dataInBytes = 0;
  stream: ByteStream | undefined;

  get bytesSent(): number {
    return this.stream?.bytesSent ?? 0;
  }

  get bytesReceived(): number {
    return this.stream?.bytesReceived ?? 0;
  }
}

/** One session with a target: joins a byte stream, the state machine and promises. */
export class InitiatorSession implements StreamEvents {
  readonly #clock: Clock;
  readonly #machine: InitiatorConnection;
  readonly #peer: string;
  readonly #traffic = new SessionTraffic();
  readonly #loggedIn = deferred<void>();
  readonly #gone = deferred<void>();
  readonly #waiting = new Map<number, Waiting>();
  #text: Deferred<readonly KeyValue[]> | undefined;
  #stream: ByteStream | undefined;
  #isLoggedIn = false;
  /** Why no more commands can be run. */
  #problem: Error | undefined;
  /** Commands that are given in one go leave as one write. */
  readonly #writes = new GatheredWrites((parts) => this.#stream?.send(parts));
  #cancelTimer: (() => void) | undefined;

  private constructor(ports: InitiatorPorts, rules: InitiatorRules, portal: Address) {
    this.#clock = ports.clock;
    this.#machine = new InitiatorConnection(rules, ports.clock.nowMs(), ports.crc32c);
    this.#peer = rules.targetName === undefined ? addressText(portal)
      : `${rules.targetName} at ${addressText(portal)}`;
  }

  /** Connects and logs in. Throws: Error with what was wrong. */
  static async connect(
    ports: InitiatorPorts, portal: Address, rules: InitiatorRules): Promise<InitiatorSession> {
    const session = new InitiatorSession(ports, rules, portal);
    const stream = await ports.network.connect(portal, (opened) => {
      session.#stream = opened;
      session.#traffic.stream = opened;
      return session;
    });
    session.#perform(session.#machine.start());
    try {
      await session.#loggedIn.promise;
    } catch (error) {
      stream.destroy();
      throw error;
    }
    return session;
  }

  /** The same object all the time. */
  get traffic(): Traffic {
    return this.#traffic;
  }

  /** It runs commands. */
  get isUsable(): boolean {
    return this.#problem === undefined;
  }

  /** Throws: Error if the connection is lost; the signal's reason. */
  async execute(command: InitiatorCommand, signal?: AbortSignal): Promise<CommandAnswer> {
    signal?.throwIfAborted();
    if (this.#problem !== undefined) throw this.#problem;
    const tag = this.#machine.execute(command);
    if (tag === undefined) throw this.#lost('the session is about to end');
    const abort = (): void => {
      this.#machine.abort(tag);
      this.#perform(this.#machine.takeOutputs());
    };
    signal?.addEventListener('abort', abort, { once: true });
    const waiting: Waiting = {
      ...deferred<CommandAnswer>(), signal,
      release: () => signal?.removeEventListener('abort', abort),
    };
    this.#waiting.set(tag, waiting);
    this.#traffic.commands += 1;
    this.#traffic.dataOutBytes += command.dataOut.length;
    this.#perform(this.#machine.takeOutputs());
    const answer = await waiting.promise;
    this.#traffic.dataInBytes += byteLengthOf(answer.dataIn);
    return answer;
  }

  /** What SendTargets answers. Throws: Error if the connection is lost. */
  async sendTargets(): Promise<readonly KeyValue[]> {
    if (this.#problem !== undefined) throw this.#problem;
    this.#text ??= deferred();
    this.#machine.sendTargets();
    this.#perform(this.#machine.takeOutputs());
    return this.#text.promise;
  }

  /** Logs out, or cuts the connection if the target does not answer. */
  async close(): Promise<void> {
    if (this.#problem === undefined) {
      this.#machine.logout();
      this.#perform(this.#machine.takeOutputs());
    }
    const cancel = this.#clock.at(
      this.#clock.nowMs() + LOGOUT_TIMEOUT_MS, () => this.#stream?.destroy());
    await this.#gone.promise;
    cancel();
  }

  received(bytes: Buffer): void {
    this.#perform(this.#machine.receive(bytes, this.#clock.nowMs()));
  }

  /** Commands are bounded by their callers, so that nothing waits for this. */
  drained(): void {}

  closed(error: Error | undefined): void {
    this.#end(this.#lost(error?.message ?? 'the connection was closed by the target'));
    this.#gone.resolve();
  }

  #perform(outputs: readonly InitiatorOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case 'send': this.#writes.add(output.parts); break;
        case 'loggedIn':
          this.#isLoggedIn = true;
          this.#loggedIn.resolve();
          break;
        case 'text': this.#text?.resolve(output.pairs); this.#text = undefined; break;
        case 'close':
          this.#end(this.#lost(output.reason ?? 'it has logged out'));
          if (output.reason === undefined) this.#stream?.end();
          else this.#stream?.destroy();
          break;
        default: this.#settle(output);
      }
    }
    this.#arm();
  }

  #settle(output: Extract<InitiatorOutput, { readonly tag: number }>): void {
    const waiting = this.#waiting.get(output.tag);
    if (waiting === undefined) return;
    this.#waiting.delete(output.tag);
    waiting.release();
    if (output.kind === 'answered') waiting.resolve(output.answer);
    else if (output.kind === 'aborted') waiting.reject(waiting.signal?.reason);
    else waiting.reject(this.#lost(output.reason));
  }

  #lost(reason: string): Error {
    return new Error(`Cannot ${this.#isLoggedIn ? 'use' : 'log in to'} ${this.#peer}: ${reason}`);
  }

  /** All that waits fails with the first problem. */
  #end(problem: Error): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#cancelTimer?.();
    this.#loggedIn.reject(problem);
    this.#text?.reject(problem);
    for (const waiting of this.#waiting.values()) {
      waiting.release();
      waiting.reject(problem);
    }
    this.#waiting.clear();
  }

  #arm(): void {
    const { wakeAtMs } = this.#machine;
    if (wakeAtMs === undefined || this.#problem !== undefined || this.#cancelTimer) return;
    this.#cancelTimer = this.#clock.at(wakeAtMs, () => {
      this.#cancelTimer = undefined;
      this.#perform(this.#machine.tick(this.#clock.nowMs()));
    });
  }
}
