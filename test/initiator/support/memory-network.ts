import type {
  Address, ByteStream, Listener, Network, StreamEvents,
} from '../../../src/ports/network.ts';
import { between, seeded } from '../../support/seeded.ts';

/** Bytes on their way before `send` asks the sender to wait; no more arrive at once. */
const ROOM_BYTES = 64 * 1024;

/** One end of a connection in memory. */
class MemoryStream implements ByteStream {
  readonly local: Address;
  readonly remote: Address;
  bytesSent = 0;
  bytesReceived = 0;
  peer: MemoryStream | undefined;
  events: StreamEvents | undefined;
  readonly #network: MemoryNetwork;
  /** Towards this end. */
  #arriving: Buffer[] = [];
  #arrivingBytes = 0;
  #isPaused = false;
  hasEnded = false;
  #isClosed = false;
  #isScheduled = false;

  constructor(network: MemoryNetwork, local: Address, remote: Address) {
    this.#network = network;
    this.local = local;
    this.remote = remote;
  }

  send(parts: readonly Uint8Array[]): boolean {
    const bytes = Buffer.concat(parts);
    if (this.#isClosed || this.hasEnded || this.peer === undefined) return true;
    this.bytesSent += bytes.length;
    return this.peer.#arrive(bytes);
  }

  #arrive(bytes: Buffer): boolean {
    this.#arriving.push(bytes);
    this.#arrivingBytes += bytes.length;
    this.wake();
    return this.#arrivingBytes < ROOM_BYTES;
  }

  /** Bytes that this end has not been given yet. */
  get waitingBytes(): number {
    return this.#arrivingBytes;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.wake();
  }

  end(): void {
    this.hasEnded = true;
    this.peer?.wake();
    this.wake();
  }

  destroy(error?: Error): void {
    this.cut(error);
    this.peer?.cut();
  }

  cut(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#arriving = [];
    this.#arrivingBytes = 0;
    setImmediate(() => this.events?.closed(error));
  }

  wake(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    if (this.#isClosed) return;
    if (this.#arrivingBytes > 0 && !this.#isPaused) {
      const all = Buffer.concat(this.#arriving);
      const piece = all.subarray(0, this.#network.cut(all.length));
      const rest = all.subarray(piece.length);
      this.#arriving = rest.length > 0 ? [rest] : [];
      this.#arrivingBytes = rest.length;
      this.bytesReceived += piece.length;
      this.events?.received(Buffer.from(piece));
      if (this.#arrivingBytes === 0) this.peer?.events?.drained();
      this.wake();
    } else if (this.#arrivingBytes === 0 && this.peer?.hasEnded) {
      this.cut();
      this.peer.cut();
    }
  }
}

/** TCP in memory: streams deliver in order, in pieces that a seed cuts. */
export class MemoryNetwork implements Network {
  readonly #listening = new Map<string, (stream: ByteStream) => StreamEvents>();
  readonly #random: () => number;
  /** The connecting ends, in order. */
  readonly connected: MemoryStream[] = [];

  constructor(seed = 1) {
    this.#random = seeded(seed);
  }

  /** How many of some bytes arrive at once. */
  cut(byteLength: number): number {
    const most = Math.min(byteLength, ROOM_BYTES);
    return this.#random() < 0.5 ? most : between(this.#random, 1, most);
  }

  async listen(
    address: Address, accept: (stream: ByteStream) => StreamEvents): Promise<Listener> {
    const key = `${address.host}:${address.port}`;
    if (this.#listening.has(key)) throw new Error(`Cannot listen on ${key}: address in use`);
    this.#listening.set(key, accept);
    return { address, close: async () => { this.#listening.delete(key); } };
  }

  async connect(
    address: Address, events: (stream: ByteStream) => StreamEvents): Promise<ByteStream> {
    const key = `${address.host}:${address.port}`;
    const accept = this.#listening.get(key);
    if (accept === undefined) throw new Error(`Cannot connect to ${key}: connection refused`);
    const from = { host: '192.0.2.9', port: 40_000 + this.connected.length };
    const [near, far] = [
      new MemoryStream(this, from, address), new MemoryStream(this, address, from)];
    [near.peer, far.peer] = [far, near];
    near.events = events(near);
    far.events = accept(far);
    this.connected.push(near);
    return near;
  }
}

/** Lets everything that is under way in memory come to its end. */
export async function settled(turns = 50): Promise<void> {
  for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
